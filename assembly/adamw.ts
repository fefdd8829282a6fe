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
 * One update of AdamW, in place, rounding where src/compute/optimizer/adamw.ts does; a unit is four weights. Fields:
 * weights, gradient, m, v, size, then the factors of the update in that file's order.
 */
export function adamw(d: usize, from: i32, to: i32, scratch: usize): void {
  const p = <usize>load<u32>(d), grad = <usize>load<u32>(d, 4), m = <usize>load<u32>(d, 8), v = <usize>load<u32>(d, 12);
  const size = load<i32>(d, 16), gradScale = v128.load32_splat(d, 20), decay = v128.load32_splat(d, 24);
  const beta1Rest = v128.load32_splat(d, 28), beta2 = v128.load32_splat(d, 32), beta2Rest = v128.load32_splat(d, 36);
  const rootCorrection = v128.load32_splat(d, 40), eps = v128.load32_splat(d, 44), stepSize = v128.load32_splat(d, 48);
  for (let unit = from; unit < to; unit++) {
    const at = <usize>unit << 4, n = min(4, size - unit * 4);
    const g = f32x4.mul(loadLanes(grad + at, n), gradScale), m0 = loadLanes(m + at, n);
    const m1 = fused4(m0, beta1Rest, f32x4.sub(g, m0));
    const v1 = fused4(f32x4.mul(loadLanes(v + at, n), beta2), f32x4.mul(beta2Rest, g), g);
    const root = f32x4.add(f32x4.div(f32x4.sqrt(v1), rootCorrection), eps);
    storeLanes(m + at, m1, n);
    storeLanes(v + at, v1, n);
    const kept = f32x4.mul(loadLanes(p + at, n), decay);
    storeLanes(p + at, f32x4.add(kept, f32x4.div(f32x4.mul(stepSize, m1), root)), n);
  }
}
