import { expect, test } from 'vitest';
import { fromBfloat16, fromHalf, toHalf } from '../../../src/diffusion/safetensors/half.ts';

const ALL_HALFS = Uint16Array.from({ length: 1 << 16 }, (_, bits) => bits);

/** IEEE 754 binary16 by its definition, with none of the code under test. */
function halfByDefinition(bits: number): number {
  const fields = bits.toString(2).padStart(16, '0');
  const sign = fields[0] === '1' ? -1 : 1;
  const exponent = Number.parseInt(fields.slice(1, 6), 2);
  const fraction = Number.parseInt(fields.slice(6), 2) / 1024;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}

test('all 65536 halfs widen to their value', () => {
  const widened = fromHalf(ALL_HALFS);
  const wrong = ALL_HALFS.filter((_, bits) => !Object.is(widened[bits], halfByDefinition(bits)));
  expect([...wrong]).toEqual([]);
});

test('all 65536 halfs come back from float32 as they were; every NaN stays a NaN of its sign', () => {
  const back = toHalf(fromHalf(ALL_HALFS));
  const wrong = ALL_HALFS.filter((_, bits) => {
    const isNaNHalf = (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;
    return isNaNHalf ? !Number.isNaN(fromHalf(back.subarray(bits, bits + 1))[0]) : back[bits] !== bits;
  });
  expect([...wrong]).toEqual([]);
});

test('between every two neighbours: below the middle down, above up, the middle to the even one', () => {
  // 0 up to 65504 and the step that would be 65536: there the rounding overflows to infinity, bits 0x7c00.
  const wrong: string[] = [];
  for (let bits = 0; bits < 0x7c00; bits++) {
    const low = halfByDefinition(bits);
    const high = bits === 0x7bff ? 65536 : halfByDefinition(bits + 1);
    const middle = (low + high) / 2;
    for (const sign of [1, -1]) {
      const [below, at, above] = toHalf(
        Float32Array.of(sign * nextFloat(middle, -1), sign * middle, sign * nextFloat(middle, 1)),
      );
      const signBit = sign < 0 ? 0x8000 : 0;
      if (below !== (bits | signBit)) wrong.push(`below ${middle}`);
      if (at !== ((bits % 2 === 0 ? bits : bits + 1) | signBit)) wrong.push(`at ${middle}`);
      if (above !== ((bits + 1) | signBit)) wrong.push(`above ${middle}`);
    }
  }
  expect(wrong).toEqual([]);
});

/** The neighbouring float32 of a positive one. */
function nextFloat(value: number, step: 1 | -1): number {
  const floats = Float32Array.of(value);
  const bits = new Uint32Array(floats.buffer);
  bits[0] = (bits[0] as number) + step;
  return floats[0] as number;
}

test('large, tiny and special values', () => {
  const values = Float32Array.of(1e30, -1e30, Infinity, -Infinity, 1e-40, -1e-40, -0, 65519.996, 65520);
  expect([...toHalf(values)]).toEqual([0x7c00, 0xfc00, 0x7c00, 0xfc00, 0, 0x8000, 0x8000, 0x7bff, 0x7c00]);
  expect(fromHalf(toHalf(Float32Array.of(Number.NaN)))[0]).toBeNaN();
});

test('works on a view into a larger buffer', () => {
  expect([...toHalf(Float32Array.of(0, 1, 2).subarray(1))]).toEqual([0x3c00, 0x4000]);
});

test('all 65536 bfloat16 are the upper half of a float32', () => {
  const widened = fromBfloat16(ALL_HALFS);
  const bits = new Uint32Array(widened.buffer);
  expect(bits.every((word, i) => word === (i << 16) >>> 0)).toBe(true);
  expect([...fromBfloat16(Uint16Array.of(0x3f80, 0xc049, 0x7f80))]).toEqual([1, -3.140625, Infinity]);
});
