import type { DynamicCode } from './dynamicCode.ts';

const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

/** Block-wise quantization of one block: writes the nearest codes of values / absmax, and gives absmax. */
export function quantizeBlock(values: Float32Array, codes: Uint8Array, code: DynamicCode): number {
  let absmax = 0;
  for (const value of values) absmax = Math.max(absmax, Math.abs(value));
  for (let i = 0; i < values.length; i++) {
    const value = absmax === 0 ? 0 : Math.fround((values[i] as number) / absmax);
    float[0] = Math.abs(value);
    const key = Math.max(((bits[0] as number) >> code.shift) - code.first, 0);
    codes[i] = code.codes[value < 0 ? key + code.last + 1 : key] as number;
  }
  return absmax;
}

/** The way back, to the nearest numbers that there are codes for. */
export function dequantizeBlock(
  codes: Uint8Array,
  absmax: number,
  values: Float32Array,
  code: DynamicCode,
): void {
  for (let i = 0; i < codes.length; i++) {
    values[i] = (code.values[codes[i] as number] as number) * absmax;
  }
}
