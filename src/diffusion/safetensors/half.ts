/** Conversions between float32 and the two 16-bit formats (IEEE 754-2019 binary16, and bfloat16). */

/** Widens halfs, given as their bits. Every half is exact in float32. */
export function fromHalf(bits: Uint16Array): Float32Array {
  const table = halfTable();
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = table[bits[i] as number] as number;
  return values;
}

/** Widens bfloat16, given as its bits: the upper half of a float32. */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = (bits[i] as number) << 16;
  return new Float32Array(words.buffer);
}

/**
 * Narrows to halfs, as their bits: nearest, ties to even; from 65520 up infinity; a NaN stays a NaN.
 */
export function toHalf(values: Float32Array): Uint16Array {
  // A float32 is looked at through its bits, in place.
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halfs = new Uint16Array(values.length);
  for (let i = 0; i < halfs.length; i++) halfs[i] = narrow(words[i] as number);
  return halfs;
}

const FLOAT_INFINITY = 0x7f800000;
/** 65520: halfway between the largest half, 65504, and the next power of two; a tie goes up, as 65504 is odd. */
const OVERFLOW = 0x477ff000;
/** 2^-14, the smallest normal half. */
const SMALLEST_NORMAL = 0x38800000;
/** The two formats' exponent biases, 127 and 15, differ by 112. */
const BIAS = 112 << 23;

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

function narrow(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > FLOAT_INFINITY) return sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff);
  if (magnitude >= OVERFLOW) return sign | 0x7c00;
  if (magnitude >= SMALLEST_NORMAL) {
    // Half of the 13 lost bits, less one where the kept part is even, carries into the kept part exactly when due.
    const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    return sign | ((rounded - BIAS) >>> 13);
  }
  // Below, halfs are multiples of 2^-24: what a float32 in [0.5, 1) resolves, so adding 0.5 rounds as wanted.
  scratchBits[0] = magnitude;
  scratch[0] = (scratch[0] as number) + 0.5;
  return sign | ((scratchBits[0] as number) - 0x3f000000);
}

let table: Float32Array | undefined;

/** All 65536 halfs (256 KiB), made on first use. */
function halfTable(): Float32Array {
  table ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => widen(bits));
  return table;
}

function widen(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
