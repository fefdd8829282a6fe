import { loadLanes, storeLanes } from './lanes';

/** a + b * c of two lanes, rounded once: the product of two floats is exact in double precision. */
// @ts-ignore: decorator
@inline
function fused(a: v128, b: v128, c: v128): v128 {
  const low = f64x2.add(
    f64x2.promote_low_f32x4(a),
    f64x2.mul(f64x2.promote_low_f32x4(b), f64x2.promote_low_f32x4(c)),
  );
  return f32x4.demote_f64x2_zero(low);
}

/** The same of four lanes. */
// @ts-ignore: decorator
@inline
function fused4(a: v128, b: v128, c: v128): v128 {
  const high = fused(
    v128.shuffle<f32>(a, a, 2, 3, 2, 3), v128.shuffle<f32>(b, b, 2, 3, 2, 3), v128.shuffle<f32>(c, c, 2, 3, 2, 3),
  );
  return v128.shuffle<f32>(fused(a, b, c), high, 0, 1, 4, 5);
}

/**
 * One update of AdamW of up to four weights, in place, rounding where src/compute/optimizer/adamw.ts does; `f` are the
 * factors of the update in that file's order.
 */
// @ts-ignore: decorator
@inline
export function adamwLanes(p: usize, grad: usize, m: usize, v: usize, n: i32, f: usize): void {
  const gradScale = v128.load32_splat(f), decay = v128.load32_splat(f, 4), beta1Rest = v128.load32_splat(f, 8);
  const beta2 = v128.load32_splat(f, 12), beta2Rest = v128.load32_splat(f, 16);
  const rootCorrection = v128.load32_splat(f, 20), eps = v128.load32_splat(f, 24), stepSize = v128.load32_splat(f, 28);
  const g = f32x4.mul(loadLanes(grad, n), gradScale), m0 = loadLanes(m, n);
  const m1 = fused4(m0, beta1Rest, f32x4.sub(g, m0));
  const v1 = fused4(f32x4.mul(loadLanes(v, n), beta2), f32x4.mul(beta2Rest, g), g);
  const root = f32x4.add(f32x4.div(f32x4.sqrt(v1), rootCorrection), eps);
  storeLanes(m, m1, n);
  storeLanes(v, v1, n);
  const kept = f32x4.mul(loadLanes(p, n), decay);
  storeLanes(p, f32x4.add(kept, f32x4.div(f32x4.mul(stepSize, m1), root)), n);
}

/** {@link adamwLanes} of many; a unit is four weights. Fields: weights, gradient, m, v, size, factors. */
export function adamw(d: usize, from: i32, to: i32, scratch: usize): void {
  const p = <usize>load<u32>(d), grad = <usize>load<u32>(d, 4), m = <usize>load<u32>(d, 8), v = <usize>load<u32>(d, 12);
  const size = load<i32>(d, 16);
  for (let unit = from; unit < to; unit++) {
    const at = <usize>unit << 4;
    adamwLanes(p + at, grad + at, m + at, v + at, min(4, size - unit * 4), d + 20);
  }
}
