import { panelCount } from './packLeft';
import { productPart } from './product';
import {
  A_COLUMN, A_ROW, ADD, B_COLUMN, B_ROW, BIAS, C_ROW, K, LEFT_COLUMNS, LEFT_MODE, LEFT_ROWS, M, N, OUT_H, PRODUCT_BYTES,
  PRODUCT_SCRATCH, RIGHT_COLUMNS, RIGHT_MODE, RIGHT_ROWS,
} from './productLayout';
import { softmaxGradRow, softmaxRow } from './softmax';

// Attention in blocks of rows, so that the weights P of a block stay in the cache and never exist as a whole.
// Fields of both kernels: q, k, v, heads, T, S, C, scale, causal; then the forward's y, or the backward's dy, dq, dk, dv.

/** Rows of P in a block. */
export const ATTENTION_ROWS: i32 = 96;
/** Scratch memory besides the blocks of P (forward) or of P and dP (backward). */
export const ATTENTION_SCRATCH: usize = PRODUCT_SCRATCH + PRODUCT_BYTES;

const HEADS: usize = 12;
const T: usize = 16;
const S: usize = 20;
const C: usize = 24;
const SCALE: usize = 28;
const CAUSAL: usize = 32;

/** One product of matrices whose rows are `aStride`, `bStride` and `cStride` bytes apart. */
function multiply(
  scratch: usize, leftMode: i32, rightMode: i32, m: i32, n: i32, k: i32, a: usize, aStride: usize, b: usize, bStride: usize,
  c: usize, cStride: usize, add: i32,
): void {
  const d = scratch + PRODUCT_SCRATCH;
  store<i32>(d, leftMode, LEFT_MODE);
  store<i32>(d, rightMode, RIGHT_MODE);
  store<i32>(d, m, M);
  store<i32>(d, n, N);
  store<i32>(d, k, K);
  store<u32>(d, <u32>aStride, A_ROW);
  store<u32>(d, <u32>aStride, A_COLUMN);
  store<u32>(d, <u32>bStride, B_ROW);
  store<u32>(d, <u32>bStride, B_COLUMN);
  store<u32>(d, <u32>cStride, C_ROW);
  store<i32>(d, 0, BIAS);
  store<i32>(d, add, ADD);
  store<i32>(d, 0, OUT_H);
  productPart(d, a, b, c, 0, panelCount(d), 0, n, scratch);
}

/** Address of row `row` of head `item % heads` of sequence `item / heads` in `[B, length, C]`. */
// @ts-ignore: decorator
@inline
function place(d: usize, field: usize, item: i32, length: i32, row: i32): usize {
  const heads = load<i32>(d, HEADS), channels = load<i32>(d, C), sequence = item / heads, head = item - sequence * heads;
  return <usize>load<u32>(d + field) + (<usize>((sequence * length + row) * channels + head * (channels / heads)) << 2);
}

/** P of rows [t0, t0 + rows) at `p`. */
function weights(d: usize, p: usize, item: i32, t0: i32, rows: i32, scratch: usize): void {
  const s = load<i32>(d, S), stride = <usize>load<i32>(d, C) << 2, depth = load<i32>(d, C) / load<i32>(d, HEADS);
  const q = place(d, 0, item, load<i32>(d, T), t0), k = place(d, 4, item, s, 0), row = <usize>s << 2;
  multiply(scratch, LEFT_ROWS, RIGHT_COLUMNS, rows, s, depth, q, stride, k, stride, p, row, 0);
  for (let i = 0; i < rows; i++) {
    const seen = load<i32>(d, CAUSAL) ? min(s, t0 + i + 1) : s;
    softmaxRow(p + <usize>i * row, s, seen, load<f32>(d, SCALE));
  }
}

/** A unit is a block of rows of one head. */
export function attention(d: usize, from: i32, to: i32, scratch: usize): void {
  const t = load<i32>(d, T), s = load<i32>(d, S), stride = <usize>load<i32>(d, C) << 2;
  const depth = load<i32>(d, C) / load<i32>(d, HEADS), blocks = (t + ATTENTION_ROWS - 1) / ATTENTION_ROWS;
  const p = scratch + ATTENTION_SCRATCH;
  for (let unit = from; unit < to; unit++) {
    const item = unit / blocks, t0 = (unit - item * blocks) * ATTENTION_ROWS, rows = min(ATTENTION_ROWS, t - t0);
    weights(d, p, item, t0, rows, scratch);
    const v = place(d, 8, item, s, 0), y = place(d, 36, item, t, t0);
    multiply(scratch, LEFT_ROWS, RIGHT_ROWS, rows, depth, s, p, <usize>s << 2, v, stride, y, stride, 0);
  }
}

/** A unit is a head of one sequence, whose dk and dv grow block by block. P is computed anew. */
export function attentionGrad(d: usize, from: i32, to: i32, scratch: usize): void {
  const t = load<i32>(d, T), s = load<i32>(d, S), stride = <usize>load<i32>(d, C) << 2, row = <usize>s << 2;
  const depth = load<i32>(d, C) / load<i32>(d, HEADS), p = scratch + ATTENTION_SCRATCH, dp = p + <usize>ATTENTION_ROWS * row;
  for (let item = from; item < to; item++) {
    const k = place(d, 4, item, s, 0), v = place(d, 8, item, s, 0);
    const dk = place(d, 44, item, s, 0), dv = place(d, 48, item, s, 0);
    for (let t0 = 0; t0 < t; t0 += ATTENTION_ROWS) {
      const rows = min(ATTENTION_ROWS, t - t0), add = t0 > 0 ? 1 : 0;
      const q = place(d, 0, item, t, t0), dy = place(d, 36, item, t, t0), dq = place(d, 40, item, t, t0);
      weights(d, p, item, t0, rows, scratch);
      multiply(scratch, LEFT_COLUMNS, RIGHT_ROWS, s, depth, rows, p, row, dy, stride, dv, stride, add);
      multiply(scratch, LEFT_ROWS, RIGHT_COLUMNS, rows, s, depth, dy, stride, v, stride, dp, row, 0);
      for (let i = 0; i < rows; i++) softmaxGradRow(p + <usize>i * row, dp + <usize>i * row, s, load<f32>(d, SCALE));
      multiply(scratch, LEFT_ROWS, RIGHT_ROWS, rows, depth, s, dp, row, k, stride, dq, stride, 0);
      multiply(scratch, LEFT_COLUMNS, RIGHT_ROWS, s, depth, rows, dp, row, q, stride, dk, stride, add);
    }
  }
}
