import { microkernel } from './microkernel';
import { packLeft, panelCount, panelHeight, panelRow } from './packLeft';
import { panelBytes } from './packPanel';
import { packRight } from './packRight';
import {
  A, A_INNER, A_OUTER, ADD, B, B_INNER, B_OUTER, BIAS, C, C_INNER, C_OUTER, C_ROW, COLUMN_PARTS, GRID_H, GRID_W, INNER, ITEMS, K,
  KC, LEFT, MR, N, NC, NR, OUT_FIRST_X, OUT_FIRST_Y, OUT_H, OUT_STEP_X, OUT_STEP_Y, OUT_W, PANELS, RIGHT, ROW_PARTS, ROWS, TILE, TILE_ROWS,
} from './productLayout';

/**
 * Panels [p0, p1) and columns [n0, n1) of one product: left side at `a`, right side at `b`, result at `c`. Blocked as by
 * Goto & van de Geijn (2008): the right side packed for the second-level cache, then the left, then piece by piece.
 */
export function productPart(
  d: usize, a: usize, b: usize, c: usize, p0: i32, p1: i32, n0: i32, n1: i32, scratch: usize,
): void {
  const terms = load<i32>(d, K), bias = <usize>load<u32>(d, BIAS), add = load<i32>(d, ADD);
  const left = scratch + LEFT, right = scratch + RIGHT, tile = scratch + TILE, tileRows = scratch + TILE_ROWS;
  for (let i: usize = 0; i < 6; i++) store<u32>(tileRows + (i << 2), <u32>(tile + (i << 5)));
  for (let n = n0; n < n1; n += NC) {
    const nEnd = min(n + NC, n1);
    for (let k = 0; k < terms; k += KC) {
      const count = min(KC, terms - k);
      packRight(d, right, b, k, count, n, nEnd, scratch);
      for (let p = p0; p < p1; p += PANELS) {
        const pEnd = min(p + PANELS, p1);
        packLeft(d, left, a, k, count, p, pEnd, scratch);
        placeRows(d, c, p, pEnd, scratch);
        const goesOn = k > 0 || add != 0, padded = (count + 3) & ~3;
        let rightPanel = right;
        for (let j = n; j < nEnd; j += NR, rightPanel += panelBytes(count, NR)) {
          const width = min(NR, nEnd - j), shift = <usize>j << 2;
          const start: usize = goesOn ? 1 : bias == 0 ? 0 : bias + shift;
          let leftPanel = left;
          for (let panel = p; panel < pEnd; panel++, leftPanel += panelBytes(count, MR)) {
            const rows = scratch + ROWS + <usize>(panel - p) * 24, height = panelHeight(d, panel), whole = height == MR && width == NR;
            if (whole && start == 0) {
              microkernel(padded, leftPanel, rightPanel, rows, shift);
              continue;
            }
            microkernel(padded, leftPanel, rightPanel, tileRows, 0);
            if (whole) finishTile(tile, rows, shift, start);
            else finishPart(tile, rows, shift, start, height, width);
          }
        }
      }
    }
  }
}

/** Brings a tile to its place, added to what is there (start 1), or to the row of 8 values at `start`. */
function finishTile(tile: usize, rows: usize, shift: usize, start: usize): void {
  for (let end = rows + 24; rows < end; rows += 4, tile += 32) {
    const to = <usize>load<u32>(rows) + shift, from = start == 1 ? to : start;
    v128.store(to, f32x4.add(v128.load(from), v128.load(tile)));
    v128.store(to, f32x4.add(v128.load(from, 16), v128.load(tile, 16)), 16);
  }
}

/** The same for a tile that reaches beyond the result. */
function finishPart(tile: usize, rows: usize, shift: usize, start: usize, height: i32, width: i32): void {
  for (let i = 0; i < height; i++, tile += 32) {
    const to = <usize>load<u32>(rows + (<usize>i << 2)) + shift, from = start == 1 ? to : start;
    for (let j = 0; j < width; j++) {
      const at = <usize>j << 2, value = load<f32>(tile + at);
      store<f32>(to + at, start == 0 ? value : load<f32>(from + at) + value);
    }
  }
}

/** Notes the address of every row of panels [p0, p1) of the result. */
function placeRows(d: usize, c: usize, p0: i32, p1: i32, scratch: usize): void {
  const stride = <usize>load<u32>(d, C_ROW), outH = load<i32>(d, OUT_H), outW = load<i32>(d, OUT_W);
  const gridW = load<i32>(d, GRID_W), perPicture = load<i32>(d, GRID_H) * gridW;
  let to = scratch + ROWS;
  for (let panel = p0; panel < p1; panel++, to += 24) {
    const first = panelRow(d, panel), height = panelHeight(d, panel);
    for (let i = 0; i < height; i++) {
      let row = first + i;
      if (outH > 0) {
        const picture = row / perPicture, rest = row - picture * perPicture, gridY = rest / gridW;
        const y = gridY * load<i32>(d, OUT_STEP_Y) + load<i32>(d, OUT_FIRST_Y);
        const x = (rest - gridY * gridW) * load<i32>(d, OUT_STEP_X) + load<i32>(d, OUT_FIRST_X);
        row = (picture * outH + y) * outW + x;
      }
      store<u32>(to + (<usize>i << 2), <u32>(c + <usize>row * stride));
    }
  }
}

/**
 * Parts [from, to) of a batch of products (ROW_PARTS x COLUMN_PARTS parts): all panels of all items are numbered through
 * and cut evenly, and so are the columns in steps of eight.
 */
export function product(d: usize, from: i32, to: i32, scratch: usize): void {
  const panels = panelCount(d), all = panels * load<i32>(d, ITEMS), columns = load<i32>(d, N);
  const rowParts = load<i32>(d, ROW_PARTS), columnParts = load<i32>(d, COLUMN_PARTS), steps = (columns + NR - 1) / NR;
  for (let part = from; part < to; part++) {
    const rowPart = part / columnParts, columnPart = part - rowPart * columnParts;
    const n0 = (steps * columnPart / columnParts) * NR, n1 = min(columns, (steps * (columnPart + 1) / columnParts) * NR);
    const end = all * (rowPart + 1) / rowParts;
    for (let at = all * rowPart / rowParts; at < end && n0 < n1; ) {
      const item = at / panels, p0 = at - item * panels, p1 = min(panels, p0 + end - at);
      const inner = load<i32>(d, INNER), o = <usize>(item / inner), i = <usize>(item % inner);
      const a = <usize>load<u32>(d, A) + o * <usize>load<u32>(d, A_OUTER) + i * <usize>load<u32>(d, A_INNER);
      const b = <usize>load<u32>(d, B) + o * <usize>load<u32>(d, B_OUTER) + i * <usize>load<u32>(d, B_INNER);
      const c = <usize>load<u32>(d, C) + o * <usize>load<u32>(d, C_OUTER) + i * <usize>load<u32>(d, C_INNER);
      productPart(d, a, b, c, p0, p1, n0, n1, scratch);
      at += p1 - p0;
    }
  }
}
