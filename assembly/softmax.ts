import { loadLanes, storeLanes } from './lanes';
import { exp4, laneMax, laneSum, mulAdd, zero } from './simd';

/** softmax(scale * row) of the first `seen` of `size` values, in place; zeros behind them. */
export function softmaxRow(row: usize, size: i32, seen: i32, scale: f32): void {
  const factor = f32x4.splat(scale), whole = seen & ~3, lanes = seen & 3, last = row + (<usize>whole << 2);
  let top: f32 = -Infinity;
  if (whole) {
    let tops = v128.load(row);
    // A NaN may get lost here, but not below: its own power is NaN.
    for (let i = 4; i < whole; i += 4) tops = f32x4.pmax(tops, v128.load(row + (<usize>i << 2)));
    top = laneMax(tops);
  }
  for (let i = whole; i < seen; i++) top = max(top, load<f32>(row + (<usize>i << 2)));
  const shift = f32x4.splat(top * scale);
  let sums = zero();
  for (let i = 0; i < whole; i += 4) {
    const at = row + (<usize>i << 2), e = exp4(f32x4.sub(f32x4.mul(v128.load(at), factor), shift));
    sums = f32x4.add(sums, e);
    v128.store(at, e);
  }
  let sum = laneSum(sums);
  if (lanes) {
    storeLanes(last, exp4(f32x4.sub(f32x4.mul(loadLanes(last, lanes), factor), shift)), lanes);
    for (let i = whole; i < seen; i++) sum += load<f32>(row + (<usize>i << 2));
  }
  const inverse = f32x4.splat(1 / sum);
  for (let at = row; at < last; at += 16) v128.store(at, f32x4.mul(v128.load(at), inverse));
  if (lanes) storeLanes(last, f32x4.mul(loadLanes(last, lanes), inverse), lanes);
  if (seen < size) memory.fill(row + (<usize>seen << 2), 0, <usize>(size - seen) << 2);
}

/** From dp, in place, the gradient to the scores: p * (dp - sum(dp * p)) * scale. */
export function softmaxGradRow(p: usize, dp: usize, size: i32, scale: f32): void {
  const lanes = size & 3, last = <usize>(size & ~3) << 2;
  let sums = zero();
  for (let at: usize = 0; at < last; at += 16) sums = mulAdd(sums, v128.load(p + at), v128.load(dp + at));
  if (lanes) sums = mulAdd(sums, loadLanes(p + last, lanes), loadLanes(dp + last, lanes));
  const sum = f32x4.splat(laneSum(sums)), factor = f32x4.splat(scale);
  for (let at: usize = 0; at < last; at += 16) {
    v128.store(dp + at, f32x4.mul(f32x4.mul(v128.load(p + at), f32x4.sub(v128.load(dp + at), sum)), factor));
  }
  if (lanes) {
    const centred = f32x4.sub(loadLanes(dp + last, lanes), sum);
    storeLanes(dp + last, f32x4.mul(f32x4.mul(loadLanes(p + last, lanes), centred), factor), lanes);
  }
}
