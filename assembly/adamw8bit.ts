import { adamwLanes } from './adamw';
import { FREE_SCRATCH } from './productLayout';

/** Values that share one scale. */
const BLOCK: i32 = 256;
/** Both moments of a block in float32. */
export const ADAMW8BIT_SCRATCH: i32 = <i32>FREE_SCRATCH + 2 * 4 * BLOCK;

// Fields that describe a map: its 256 values, its codes by key, shift, first and last key.
// See src/compute/optimizer/dynamicCode.ts.

/** `n` values of `codes`, each by the table at `map` and times the block's scale. */
// @ts-ignore: decorator
@inline
function dequantize(codes: usize, absmax: f32, to: usize, n: i32, map: usize): void {
  const values = <usize>load<u32>(map);
  for (let i = 0; i < n; i++) {
    const code = <usize>load<u8>(codes + <usize>i);
    store<f32>(to + (<usize>i << 2), load<f32>(values + (code << 2)) * absmax);
  }
}

/** The nearest codes of `n` floats over their largest absolute value, which is given back. */
// @ts-ignore: decorator
@inline
function quantize(from: usize, codes: usize, n: i32, map: usize): f32 {
  const table = <usize>load<u32>(map, 4), shift = load<i32>(map, 8), first = load<i32>(map, 12), last = load<i32>(map, 16);
  let absmax: f32 = 0;
  for (let i = 0; i < n; i++) absmax = max<f32>(absmax, abs<f32>(load<f32>(from + (<usize>i << 2))));
  for (let i = 0; i < n; i++) {
    const value: f32 = absmax == 0 ? 0 : load<f32>(from + (<usize>i << 2)) / absmax;
    const key = max<i32>((reinterpret<i32>(abs<f32>(value)) >> shift) - first, 0);
    store<u8>(codes + <usize>i, load<u8>(table + <usize>(value < 0 ? key + last + 1 : key)));
  }
  return absmax;
}

/**
 * One update of AdamW with moments in eight bits, in place; a unit is a block. Fields: weights, gradient, codes and scales
 * of m, codes and scales of v, size, the factors of the update, the map of m and that of v.
 */
export function adamw8bit(d: usize, from: i32, to: i32, scratch: usize): void {
  const p = <usize>load<u32>(d), grad = <usize>load<u32>(d, 4), size = load<i32>(d, 24), factors = d + 28;
  const mapOfM = d + 60, mapOfV = d + 80;
  const m = scratch + FREE_SCRATCH, v = m + 4 * BLOCK;
  for (let unit = from; unit < to; unit++) {
    const start = unit * BLOCK, n = min(BLOCK, size - start);
    const codesOfM = <usize>load<u32>(d, 8) + <usize>start, scaleOfM = <usize>load<u32>(d, 12) + (<usize>unit << 2);
    const codesOfV = <usize>load<u32>(d, 16) + <usize>start, scaleOfV = <usize>load<u32>(d, 20) + (<usize>unit << 2);
    dequantize(codesOfM, load<f32>(scaleOfM), m, n, mapOfM);
    dequantize(codesOfV, load<f32>(scaleOfV), v, n, mapOfV);
    for (let i = 0; i < n; i += 4) {
      const at = <usize>i << 2, weight = at + (<usize>start << 2);
      adamwLanes(p + weight, grad + weight, m + at, v + at, min(4, n - i), factors);
    }
    store<f32>(scaleOfM, quantize(m, codesOfM, n, mapOfM));
    store<f32>(scaleOfV, quantize(v, codesOfV, n, mapOfV));
  }
}
