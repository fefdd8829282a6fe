import { packEight, panelBytes, setSource } from './packPanel';
import {
  B_COLUMN, B_ROW, FILTER_FIRST_X, FILTER_FIRST_Y, FILTER_STRIDE_X, FILTER_STRIDE_Y, FILTER_W, N, NR, RIGHT_COLUMNS, RIGHT_MODE,
  RIGHT_ROWS, SOURCE_C, TAPS_W,
} from './productLayout';

/**
 * Packs terms [k0, k0 + count) of columns [n0, n1) of the right side at `b`, eight columns at a time, as [count][8], with
 * zeros up to a multiple of four terms.
 */
export function packRight(d: usize, to: usize, b: usize, k0: i32, count: i32, n0: i32, n1: i32, scratch: usize): void {
  const mode = load<i32>(d, RIGHT_MODE), size = panelBytes(count, NR), used = <usize>count * 32;
  for (let n = n0; n < n1; n += NR, to += size) {
    const width = min(NR, n1 - n);
    if (used < size) memory.fill(to + used, 0, size - used);
    if (mode == RIGHT_ROWS) packRows(d, to, b, k0, count, n, width);
    else if (mode == RIGHT_COLUMNS) {
      const stride = <usize>load<u32>(d, B_COLUMN);
      packLines(to, b + <usize>n * stride + (<usize>k0 << 2), stride, width, count, scratch);
    } else packFilter(d, to, b, k0, count, n, width, scratch);
  }
}

function packRows(d: usize, to: usize, b: usize, k0: i32, count: i32, n: i32, width: i32): void {
  const stride = <usize>load<u32>(d, B_ROW);
  let from = b + <usize>k0 * stride + (<usize>n << 2);
  if (width == NR) {
    for (let k = 0; k < count; k++, to += 32, from += stride) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
    }
    return;
  }
  for (let k = 0; k < count; k++, to += 32, from += stride) {
    for (let i: i32 = 0; i < NR; i++) {
      store<f32>(to + (<usize>i << 2), i < width ? load<f32>(from + (<usize>i << 2)) : 0);
    }
  }
}

// @ts-ignore: decorator
@inline
function packLines(to: usize, from: usize, stride: usize, width: i32, count: i32, scratch: usize): void {
  for (let i = 0; i < NR; i++, from += stride) setSource(scratch, i, i < width ? from : 0);
  packEight(to, scratch, count);
}

function packFilter(d: usize, to: usize, b: usize, k0: i32, count: i32, n: i32, width: i32, scratch: usize): void {
  const channels = load<i32>(d, SOURCE_C), columns = load<i32>(d, N), tapsW = load<i32>(d, TAPS_W), end = k0 + count;
  for (let k = k0; k < end; ) {
    const tap = k / channels, channel = k - tap * channels, length = min(channels - channel, end - k);
    const y = load<i32>(d, FILTER_FIRST_Y) + (tap / tapsW) * load<i32>(d, FILTER_STRIDE_Y);
    const x = load<i32>(d, FILTER_FIRST_X) + (tap % tapsW) * load<i32>(d, FILTER_STRIDE_X);
    const at = ((y * load<i32>(d, FILTER_W) + x) * columns + n) * channels + channel;
    packLines(to, b + (<usize>at << 2), <usize>channels << 2, width, length, scratch);
    to += <usize>length * 32;
    k += length;
  }
}
