import { columnSum, loadLanes, storeLanes } from './lanes';
import { FREE_SCRATCH } from './productLayout';
import { mulAdd, sigmoid4, zero } from './simd';

// A unit is a slice of one picture: so many groups that their channels fill a cache line, over all positions.
// Fields of both kernels: x, gamma, beta, mean [B, groups], scale [B, groups], positions, channels, groups, groups of a
// slice, slices, eps, silu; then the forward's y, or the backward's dy, dx and, per picture, the sums for gamma and beta.
const GROUPS: usize = 28;

// @ts-ignore: decorator
@inline
function at(base: usize, i: i32): usize {
  return base + (<usize>i << 2);
}

/** y = (x - mean) * scale * gamma + beta, through SiLU if asked. Scratch: 3 times the channels of a slice, in floats. */
export function groupNorm(d: usize, from: i32, to: i32, scratch: usize): void {
  const positions = load<i32>(d, 20), channels = load<i32>(d, 24), groups = load<i32>(d, GROUPS);
  const perSlice = load<i32>(d, 32), slices = load<i32>(d, 36), eps = load<f32>(d, 40), silu = load<i32>(d, 44);
  const size = channels / groups, stride = <usize>channels << 2, count = <f64>(positions * size);
  for (let unit = from; unit < to; unit++) {
    const picture = unit / slices, g0 = (unit - picture * slices) * perSlice, g1 = min(groups, g0 + perSlice);
    const first = g0 * size, width = (g1 - g0) * size;
    const x = at(<usize>load<u32>(d) + <usize>(picture * positions) * stride, first);
    const y = at(<usize>load<u32>(d, 48) + <usize>(picture * positions) * stride, first);
    const means = scratch + FREE_SCRATCH, factors = at(means, width), sums = at(factors, width);
    for (let c = 0; c < width; c += 4) {
      const lanes = min(4, width - c);
      storeLanes(at(sums, c), columnSum(at(x, c), positions, stride, lanes, false, zero()), lanes);
    }
    for (let g = g0; g < g1; g++) {
      const c0 = (g - g0) * size;
      let sum: f64 = 0;
      for (let c = c0; c < c0 + size; c++) sum += <f64>load<f32>(at(sums, c));
      const mean = <f32>(sum / count);
      store<f32>(at(<usize>load<u32>(d, 12), picture * groups + g), mean);
      for (let c = c0; c < c0 + size; c++) store<f32>(at(means, c), mean);
    }
    for (let c = 0; c < width; c += 4) {
      const lanes = min(4, width - c);
      storeLanes(at(sums, c), columnSum(at(x, c), positions, stride, lanes, true, loadLanes(at(means, c), lanes)), lanes);
    }
    for (let g = g0; g < g1; g++) {
      const c0 = (g - g0) * size;
      let sum: f64 = 0;
      for (let c = c0; c < c0 + size; c++) sum += <f64>load<f32>(at(sums, c));
      const scale = <f32>(1 / Math.sqrt(sum / count + <f64>eps));
      store<f32>(at(<usize>load<u32>(d, 16), picture * groups + g), scale);
      for (let c = c0; c < c0 + size; c++) store<f32>(at(factors, c), scale * load<f32>(at(<usize>load<u32>(d, 4), first + c)));
    }
    const beta = at(<usize>load<u32>(d, 8), first);
    for (let c = 0; c < width; c += 4) {
      const lanes = min(4, width - c);
      const mean = loadLanes(at(means, c), lanes), factor = loadLanes(at(factors, c), lanes), shift = loadLanes(at(beta, c), lanes);
      let p = at(x, c), q = at(y, c);
      for (let i = 0; i < positions; i++, p += stride, q += stride) {
        let z = mulAdd(shift, f32x4.sub(loadLanes(p, lanes), mean), factor);
        if (silu) z = f32x4.mul(z, sigmoid4(z));
        storeLanes(q, z, lanes);
      }
    }
  }
}

/**
 * With u = gamma * dz: dx = scale * (u - mean(u) - normal * mean(u * normal)), means over a group. Scratch: 4 times the
 * channels of a slice, in floats.
 */
export function groupNormGrad(d: usize, from: i32, to: i32, scratch: usize): void {
  const positions = load<i32>(d, 20), channels = load<i32>(d, 24), groups = load<i32>(d, GROUPS);
  const perSlice = load<i32>(d, 32), slices = load<i32>(d, 36), silu = load<i32>(d, 44);
  const size = channels / groups, stride = <usize>channels << 2, count = <f64>(positions * size), one = f32x4.splat(1);
  for (let unit = from; unit < to; unit++) {
    const picture = unit / slices, g0 = (unit - picture * slices) * perSlice, g1 = min(groups, g0 + perSlice);
    const first = g0 * size, width = (g1 - g0) * size, start = <usize>(picture * positions) * stride;
    const x = at(<usize>load<u32>(d) + start, first), dy = at(<usize>load<u32>(d, 48) + start, first);
    const dx = at(<usize>load<u32>(d, 52) + start, first);
    const dGamma = at(<usize>load<u32>(d, 56), picture * channels + first);
    const dBeta = at(<usize>load<u32>(d, 60), picture * channels + first);
    const gammas = at(<usize>load<u32>(d, 4), first), betas = at(<usize>load<u32>(d, 8), first);
    const means = scratch + FREE_SCRATCH, scales = at(means, width), meansU = at(scales, width), meansUNormal = at(meansU, width);
    for (let c = 0; c < width; c++) {
      const g = picture * groups + g0 + c / size;
      store<f32>(at(means, c), load<f32>(at(<usize>load<u32>(d, 12), g)));
      store<f32>(at(scales, c), load<f32>(at(<usize>load<u32>(d, 16), g)));
    }
    for (let c = 0; c < width; c += 4) {
      const lanes = min(4, width - c);
      const mean = loadLanes(at(means, c), lanes), scale = loadLanes(at(scales, c), lanes);
      const gamma = loadLanes(at(gammas, c), lanes), beta = loadLanes(at(betas, c), lanes);
      let sum = zero(), sumNormal = zero(), p = at(x, c), q = at(dy, c), o = at(dx, c);
      for (let i = 0; i < positions; i++, p += stride, q += stride, o += stride) {
        const normal = f32x4.mul(f32x4.sub(loadLanes(p, lanes), mean), scale);
        let dz = loadLanes(q, lanes);
        if (silu) {
          const z = mulAdd(beta, normal, gamma), s = sigmoid4(z);
          dz = f32x4.mul(dz, f32x4.mul(s, mulAdd(one, z, f32x4.sub(one, s))));
        }
        // Kept here until the sums are known.
        storeLanes(o, dz, lanes);
        sum = f32x4.add(sum, dz);
        sumNormal = mulAdd(sumNormal, dz, normal);
      }
      storeLanes(at(dBeta, c), sum, lanes);
      storeLanes(at(dGamma, c), sumNormal, lanes);
    }
    for (let g = g0; g < g1; g++) {
      const c0 = (g - g0) * size;
      let sumU: f64 = 0, sumUNormal: f64 = 0;
      for (let c = c0; c < c0 + size; c++) {
        const gamma = <f64>load<f32>(at(gammas, c));
        sumU += gamma * <f64>load<f32>(at(dBeta, c));
        sumUNormal += gamma * <f64>load<f32>(at(dGamma, c));
      }
      for (let c = c0; c < c0 + size; c++) {
        store<f32>(at(meansU, c), <f32>(sumU / count));
        store<f32>(at(meansUNormal, c), <f32>(sumUNormal / count));
      }
    }
    for (let c = 0; c < width; c += 4) {
      const lanes = min(4, width - c);
      const mean = loadLanes(at(means, c), lanes), scale = loadLanes(at(scales, c), lanes), gamma = loadLanes(at(gammas, c), lanes);
      const meanU = loadLanes(at(meansU, c), lanes), meanUNormal = loadLanes(at(meansUNormal, c), lanes);
      let p = at(x, c), o = at(dx, c);
      for (let i = 0; i < positions; i++, p += stride, o += stride) {
        const normal = f32x4.mul(f32x4.sub(loadLanes(p, lanes), mean), scale);
        const inner = mulAdd(meanU, normal, meanUNormal);
        storeLanes(o, f32x4.mul(scale, f32x4.sub(f32x4.mul(gamma, loadLanes(o, lanes)), inner)), lanes);
      }
    }
  }
}
