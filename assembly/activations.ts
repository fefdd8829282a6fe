import { loadLanes, storeLanes } from './lanes';
import { erf4, exp4, mulAdd, sigmoid4 } from './simd';

// Elementwise; a unit is four values. Fields: x, y, size, slope of the sigmoid; the gradients have dy before dx for y.

/** Standard normal distribution function. */
// @ts-ignore: decorator
@inline
function normalCdf(x: v128): v128 {
  const half = f32x4.splat(0.5);
  return mulAdd(half, half, erf4(f32x4.mul(x, f32x4.splat(0.70710678118654752))));
}

/** d/dx of x * Phi(x) = Phi(x) + x * phi(x), given Phi(x). */
// @ts-ignore: decorator
@inline
function geluSlope(x: v128, cdf: v128): v128 {
  const density = f32x4.mul(exp4(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5))), f32x4.splat(0.39894228040143268));
  return mulAdd(cdf, x, density);
}

/** x * sigmoid(slope * x): SiLU with slope 1, CLIP's quick GELU with 1.702. */
export function swish(d: usize, from: i32, to: i32, scratch: usize): void {
  const x = <usize>load<u32>(d), y = <usize>load<u32>(d, 4), size = load<i32>(d, 8), slope = v128.load32_splat(d, 12);
  for (let unit = from; unit < to; unit++) {
    const at = <usize>unit << 4, lanes = min(4, size - unit * 4), v = loadLanes(x + at, lanes);
    storeLanes(y + at, f32x4.mul(v, sigmoid4(f32x4.mul(v, slope))), lanes);
  }
}

/** d/dx of x * s, s = sigmoid(slope * x), is s * (1 + slope * x * (1 - s)). */
export function swishGrad(d: usize, from: i32, to: i32, scratch: usize): void {
  const x = <usize>load<u32>(d), dy = <usize>load<u32>(d, 4), dx = <usize>load<u32>(d, 8);
  const size = load<i32>(d, 12), slope = v128.load32_splat(d, 16), one = f32x4.splat(1);
  for (let unit = from; unit < to; unit++) {
    const at = <usize>unit << 4, lanes = min(4, size - unit * 4);
    const scaled = f32x4.mul(loadLanes(x + at, lanes), slope), s = sigmoid4(scaled);
    const derivative = f32x4.mul(s, mulAdd(one, scaled, f32x4.sub(one, s)));
    storeLanes(dx + at, f32x4.mul(loadLanes(dy + at, lanes), derivative), lanes);
  }
}

export function gelu(d: usize, from: i32, to: i32, scratch: usize): void {
  const x = <usize>load<u32>(d), y = <usize>load<u32>(d, 4), size = load<i32>(d, 8);
  for (let unit = from; unit < to; unit++) {
    const at = <usize>unit << 4, lanes = min(4, size - unit * 4), v = loadLanes(x + at, lanes);
    storeLanes(y + at, f32x4.mul(v, normalCdf(v)), lanes);
  }
}

export function geluGrad(d: usize, from: i32, to: i32, scratch: usize): void {
  const x = <usize>load<u32>(d), dy = <usize>load<u32>(d, 4), dx = <usize>load<u32>(d, 8), size = load<i32>(d, 12);
  for (let unit = from; unit < to; unit++) {
    const at = <usize>unit << 4, lanes = min(4, size - unit * 4), v = loadLanes(x + at, lanes);
    storeLanes(dx + at, f32x4.mul(loadLanes(dy + at, lanes), geluSlope(v, normalCdf(v))), lanes);
  }
}

/** value * gelu(gate) of rows [value, gate]; a unit is a row. Fields: x, y, half a row's size. */
export function geglu(d: usize, from: i32, to: i32, scratch: usize): void {
  const half = load<i32>(d, 8), bytes = <usize>half << 2;
  for (let row = from; row < to; row++) {
    const value = <usize>load<u32>(d) + <usize>row * bytes * 2, gate = value + bytes, y = <usize>load<u32>(d, 4) + <usize>row * bytes;
    for (let i = 0; i < half; i += 4) {
      const at = <usize>i << 2, lanes = min(4, half - i), g = loadLanes(gate + at, lanes);
      storeLanes(y + at, f32x4.mul(loadLanes(value + at, lanes), f32x4.mul(g, normalCdf(g))), lanes);
    }
  }
}

/** Fields: x, dy, dx, half a row's size. */
export function gegluGrad(d: usize, from: i32, to: i32, scratch: usize): void {
  const half = load<i32>(d, 12), bytes = <usize>half << 2;
  for (let row = from; row < to; row++) {
    const value = <usize>load<u32>(d) + <usize>row * bytes * 2, gate = value + bytes, dy = <usize>load<u32>(d, 4) + <usize>row * bytes;
    const dValue = <usize>load<u32>(d, 8) + <usize>row * bytes * 2, dGate = dValue + bytes;
    for (let i = 0; i < half; i += 4) {
      const at = <usize>i << 2, lanes = min(4, half - i);
      const v = loadLanes(value + at, lanes), g = loadLanes(gate + at, lanes), dv = loadLanes(dy + at, lanes);
      const cdf = normalCdf(g);
      storeLanes(dValue + at, f32x4.mul(dv, f32x4.mul(g, cdf)), lanes);
      storeLanes(dGate + at, f32x4.mul(f32x4.mul(dv, v), geluSlope(g, cdf)), lanes);
    }
  }
}
