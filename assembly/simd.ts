// Vector helpers shared by all kernels. Everything here is inlined; nothing keeps state.

/** c + a * b, rounded twice (plain wasm SIMD has no fused multiply-add). */
// @ts-ignore: decorator
@inline
export function mulAdd(c: v128, a: v128, b: v128): v128 {
  return f32x4.add(c, f32x4.mul(a, b));
}

// @ts-ignore: decorator
@inline
export function zero(): v128 {
  return i32x4.splat(0);
}

/** Sum of the four lanes, in a fixed order. */
// @ts-ignore: decorator
@inline
export function laneSum(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** Largest lane; NaN if any is. */
// @ts-ignore: decorator
@inline
export function laneMax(v: v128): f32 {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

/**
 * The first `count` (1 to 3) floats at p, zeros behind: reads nothing beyond them, so that the end of the heap is safe.
 */
// @ts-ignore: decorator
@inline
export function loadPart(p: usize, count: i32): v128 {
  let v = f32x4.replace_lane(zero(), 0, load<f32>(p));
  if (count > 1) v = f32x4.replace_lane(v, 1, load<f32>(p, 4));
  if (count > 2) v = f32x4.replace_lane(v, 2, load<f32>(p, 8));
  return v;
}

/** Stores the first `count` (1 to 3) lanes. */
// @ts-ignore: decorator
@inline
export function storePart(p: usize, v: v128, count: i32): void {
  store<f32>(p, f32x4.extract_lane(v, 0));
  if (count > 1) store<f32>(p, f32x4.extract_lane(v, 1), 4);
  if (count > 2) store<f32>(p, f32x4.extract_lane(v, 2), 8);
}

/** 1.5 * 2^23: the distance between floats is 1 there, and the lowest nine bits are 0. */
const ROUND: f32 = 12582912;

/**
 * e^x to about 1 ulp for -87 <= x <= 88 and cut off there: 2^n * e^r with |r| <= ln(2)/2, ln(2) in two parts, and the
 * polynomial of the Cephes library's expf. NaN stays NaN. Adding ROUND rounds to an integer and leaves it in the lowest
 * bits; pmin and pmax are one instruction each where min and max, which must treat both sides' NaN alike, are eight.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  x = f32x4.pmax(f32x4.pmin(x, f32x4.splat(88)), f32x4.splat(-87));
  const rounded = f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504088896341)), f32x4.splat(ROUND));
  const n = f32x4.sub(rounded, f32x4.splat(ROUND));
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375))), f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = mulAdd(f32x4.splat(1.3981999507e-3), f32x4.splat(1.9875691500e-4), r);
  p = mulAdd(f32x4.splat(8.3334519073e-3), p, r);
  p = mulAdd(f32x4.splat(4.1665795894e-2), p, r);
  p = mulAdd(f32x4.splat(1.6666665459e-1), p, r);
  p = mulAdd(f32x4.splat(5.0000001201e-1), p, r);
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(rounded, i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
}

/**
 * The error function to about 2 ulp: an odd rational minimax approximation on [-4, 4], where it reaches +-1 in single
 * precision (degrees 13 and 8; the coefficients are those of the Eigen library's float erf). NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function erf4(value: v128): v128 {
  const x = f32x4.pmax(f32x4.pmin(value, f32x4.splat(4)), f32x4.splat(-4));
  const s = f32x4.mul(x, x);
  let p = mulAdd(f32x4.splat(2.77068142495902e-8), f32x4.splat(-2.72614225801306e-10), s);
  p = mulAdd(f32x4.splat(-2.10102402082508e-6), p, s);
  p = mulAdd(f32x4.splat(-5.69250639462346e-5), p, s);
  p = mulAdd(f32x4.splat(-7.34990630326855e-4), p, s);
  p = mulAdd(f32x4.splat(-2.954599808540250e-3), p, s);
  p = mulAdd(f32x4.splat(-1.60960333262415e-2), p, s);
  let q = mulAdd(f32x4.splat(-2.13374055278905e-4), f32x4.splat(-1.45660718464996e-5), s);
  q = mulAdd(f32x4.splat(-1.68282697438203e-3), q, s);
  q = mulAdd(f32x4.splat(-7.37332916720468e-3), q, s);
  q = mulAdd(f32x4.splat(-1.42647390514189e-2), q, s);
  return f32x4.div(f32x4.mul(x, p), q);
}
