import { loadPart, mulAdd, storePart, zero } from './simd';

/** Up to four floats at p; zeros in the other lanes. */
// @ts-ignore: decorator
@inline
export function loadLanes(p: usize, lanes: i32): v128 {
  return lanes == 4 ? v128.load(p) : loadPart(p, lanes);
}

// @ts-ignore: decorator
@inline
export function storeLanes(p: usize, v: v128, lanes: i32): void {
  if (lanes == 4) v128.store(p, v);
  else storePart(p, v, lanes);
}

/** Rows that are added up apart from the others, so that long sums lose less. */
const BLOCK: i32 = 64;

/**
 * Sums of up to four columns over `rows` rows, `stride` bytes apart: of the values, or of their squared distances to
 * `centre`. The order of the additions is fixed.
 */
export function columnSum(x: usize, rows: i32, stride: usize, lanes: i32, squares: bool, centre: v128): v128 {
  let total = zero();
  for (let first = 0; first < rows; first += BLOCK) {
    const end = min(rows, first + BLOCK);
    let even = zero(), odd = zero(), r = first;
    if (squares) {
      for (; r + 2 <= end; r += 2, x += 2 * stride) {
        const a = f32x4.sub(loadLanes(x, lanes), centre), b = f32x4.sub(loadLanes(x + stride, lanes), centre);
        even = mulAdd(even, a, a);
        odd = mulAdd(odd, b, b);
      }
      for (; r < end; r++, x += stride) {
        const a = f32x4.sub(loadLanes(x, lanes), centre);
        even = mulAdd(even, a, a);
      }
    } else {
      for (; r + 2 <= end; r += 2, x += 2 * stride) {
        even = f32x4.add(even, loadLanes(x, lanes));
        odd = f32x4.add(odd, loadLanes(x + stride, lanes));
      }
      for (; r < end; r++, x += stride) even = f32x4.add(even, loadLanes(x, lanes));
    }
    total = f32x4.add(total, f32x4.add(even, odd));
  }
  return total;
}
