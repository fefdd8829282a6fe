import { loadLanes, storeLanes } from './lanes';
import { laneSum, mulAdd, zero } from './simd';

/** Rows of one unit of the backward pass; each unit has sums for gamma and beta of its own. */
export const LAYER_NORM_ROWS: i32 = 32;

/** Up to four values less the mean; zeros in the other lanes. */
// @ts-ignore: decorator
@inline
function centred(p: usize, lanes: i32, mean: v128): v128 {
  const v = f32x4.sub(loadLanes(p, lanes), mean);
  if (lanes == 4) return v;
  // The lanes beyond the row must not count.
  const zeros = zero();
  return lanes == 1
    ? v128.shuffle<f32>(v, zeros, 0, 4, 4, 4)
    : lanes == 2
      ? v128.shuffle<f32>(v, zeros, 0, 1, 4, 4)
      : v128.shuffle<f32>(v, zeros, 0, 1, 2, 4);
}

/** A unit is a row. Fields: x, gamma, beta, y, mean, scale, columns, eps. */
export function layerNorm(d: usize, from: i32, to: i32, scratch: usize): void {
  const gamma = <usize>load<u32>(d, 4), beta = <usize>load<u32>(d, 8), columns = load<i32>(d, 24), eps = load<f32>(d, 28);
  const bytes = <usize>columns << 2, whole = bytes & ~15, lanes = columns & 3, count = <f32>columns;
  for (let row = from; row < to; row++) {
    const x = <usize>load<u32>(d) + <usize>row * bytes, y = <usize>load<u32>(d, 12) + <usize>row * bytes;
    let sum = zero();
    for (let c: usize = 0; c < whole; c += 16) sum = f32x4.add(sum, v128.load(x + c));
    if (lanes) sum = f32x4.add(sum, loadLanes(x + whole, lanes));
    const mean = laneSum(sum) / count, mean4 = f32x4.splat(mean);
    let squares = zero();
    for (let c: usize = 0; c < whole; c += 16) {
      const v = f32x4.sub(v128.load(x + c), mean4);
      squares = mulAdd(squares, v, v);
    }
    if (lanes) {
      const v = centred(x + whole, lanes, mean4);
      squares = mulAdd(squares, v, v);
    }
    const scale: f32 = 1 / sqrt<f32>(laneSum(squares) / count + eps), scale4 = f32x4.splat(scale);
    store<f32>(<usize>load<u32>(d, 16) + (<usize>row << 2), mean);
    store<f32>(<usize>load<u32>(d, 20) + (<usize>row << 2), scale);
    for (let c: usize = 0; c < whole; c += 16) {
      const normal = f32x4.mul(f32x4.sub(v128.load(x + c), mean4), scale4);
      v128.store(y + c, mulAdd(v128.load(beta + c), normal, v128.load(gamma + c)));
    }
    if (lanes) {
      const normal = f32x4.mul(f32x4.sub(loadLanes(x + whole, lanes), mean4), scale4);
      storeLanes(y + whole, mulAdd(loadLanes(beta + whole, lanes), normal, loadLanes(gamma + whole, lanes)), lanes);
    }
  }
}

/**
 * With u = gamma * dy: dx = scale * (u - mean(u) - normal * mean(u * normal)), means over a row. A unit is
 * LAYER_NORM_ROWS rows. Fields: x, gamma, mean, scale, dy, dx, sums for gamma and beta per unit, rows, columns.
 */
export function layerNormGrad(d: usize, from: i32, to: i32, scratch: usize): void {
  const gamma = <usize>load<u32>(d, 4), rows = load<i32>(d, 32), columns = load<i32>(d, 36);
  const bytes = <usize>columns << 2, whole = bytes & ~15, lanes = columns & 3, count = <f32>columns;
  for (let unit = from; unit < to; unit++) {
    const dGamma = <usize>load<u32>(d, 24) + <usize>unit * bytes, dBeta = <usize>load<u32>(d, 28) + <usize>unit * bytes;
    memory.fill(dGamma, 0, bytes);
    memory.fill(dBeta, 0, bytes);
    const end = min(rows, (unit + 1) * LAYER_NORM_ROWS);
    for (let row = unit * LAYER_NORM_ROWS; row < end; row++) {
      const at = <usize>row * bytes, x = <usize>load<u32>(d) + at, dy = <usize>load<u32>(d, 16) + at;
      const dx = <usize>load<u32>(d, 20) + at;
      const mean = v128.load32_splat(<usize>load<u32>(d, 8) + (<usize>row << 2));
      const scale = v128.load32_splat(<usize>load<u32>(d, 12) + (<usize>row << 2));
      let sumU = zero(), sumUNormal = zero();
      for (let c: usize = 0; c < bytes; c += 16) {
        const n = c < whole ? 4 : lanes, g = loadLanes(dy + c, n);
        const normal = f32x4.mul(f32x4.sub(loadLanes(x + c, n), mean), scale), u = f32x4.mul(g, loadLanes(gamma + c, n));
        sumU = f32x4.add(sumU, u);
        sumUNormal = mulAdd(sumUNormal, u, normal);
        storeLanes(dGamma + c, mulAdd(loadLanes(dGamma + c, n), g, normal), n);
        storeLanes(dBeta + c, f32x4.add(loadLanes(dBeta + c, n), g), n);
      }
      const meanU = f32x4.splat(laneSum(sumU) / count), meanUNormal = f32x4.splat(laneSum(sumUNormal) / count);
      for (let c: usize = 0; c < bytes; c += 16) {
        const n = c < whole ? 4 : lanes, normal = f32x4.mul(f32x4.sub(loadLanes(x + c, n), mean), scale);
        const u = f32x4.mul(loadLanes(dy + c, n), loadLanes(gamma + c, n));
        storeLanes(dx + c, f32x4.mul(scale, f32x4.sub(u, mulAdd(meanU, normal, meanUNormal))), n);
      }
    }
  }
}
