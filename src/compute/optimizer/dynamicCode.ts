/** Values that share one scale. */
export const BLOCK = 256;

/** Powers of ten that the codes reach down to, below 1. */
const DECADES = 7;
/** Everything below 2^-23 is nearest to zero in both maps. */
const OCTAVES = 23;
const FLOAT_BIAS = 127;
const MANTISSA_BITS = 23;

/** How numbers of -1 to 1, or 0 to 1, are written in eight bits. */
export interface DynamicCode {
  /** The number that each code stands for, ascending. */
  readonly values: Float32Array;
  /** The code of zero. */
  readonly zero: number;
  /** The code of the nearest number, by key: of numbers from 0 up, then behind `last` of those below 0. */
  readonly codes: Uint8Array;
  /** A key is the bits of a number without its sign, shifted down by `shift`, less `first`, and at least 0. */
  readonly shift: number;
  readonly first: number;
  /** The key of 1. */
  readonly last: number;
}

/**
 * The dynamic map (Dettmers et al. 2021, "8-bit optimizers via block-wise quantization", section 2.1 and appendix F;
 * in its form for non-negative numbers the sign bit makes fractions finer). A number is a power of ten and a fraction; the
 * smaller the power, the fewer bits the fraction has: 2^i (twice that without sign) steps from 0.1 to 1 in decade i, each
 * standing for its middle. Zero and one are exact.
 */
function dynamicValues(signed: boolean): Float32Array {
  const values = [0, 1];
  for (let decade = 0; decade < DECADES; decade++) {
    const steps = 2 ** (signed ? decade : decade + 1);
    for (let step = 0; step < steps; step++) {
      const value = 10 ** (decade - DECADES + 1) * (0.1 + (0.9 * (step + 0.5)) / steps);
      values.push(value);
      if (signed) values.push(-value);
    }
  }
  return Float32Array.from(values).sort();
}

/**
 * Codes are looked up by the leading bits of a float32: one look for each number, wherever it is done. The border between
 * two codes is then their middle to 2^-10 or 2^-11 of itself, at most a seventh of a step.
 */
function dynamicCode(signed: boolean): DynamicCode {
  const values = dynamicValues(signed);
  // A step without sign is half as long.
  const shift = MANTISSA_BITS - (signed ? 10 : 11);
  const first = (FLOAT_BIAS - OCTAVES) << (MANTISSA_BITS - shift);
  const last = (FLOAT_BIAS << (MANTISSA_BITS - shift)) - first;
  const codes = new Uint8Array((last + 1) * (signed ? 2 : 1));
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  const zero = values.indexOf(0);
  let [above, below] = [zero, zero];
  for (let key = 0; key <= last; key++) {
    bits[0] = ((key + first) << shift) | (1 << (shift - 1));
    // The middle of all numbers with this key, but none is above one.
    const middle = key === 0 ? 0 : Math.min(1, float[0] as number);
    above = nearest(values, middle, above, 1);
    codes[key] = above;
    if (!signed) continue;
    below = nearest(values, -middle, below, -1);
    codes[last + 1 + key] = below;
  }
  return { values, zero, codes, shift, first, last };
}

/** The code nearest to a number, from one that is not behind it. */
function nearest(values: Float32Array, value: number, from: number, direction: 1 | -1): number {
  const distance = (code: number): number => Math.abs((values[code] ?? Number.POSITIVE_INFINITY) - value);
  let code = from;
  while (distance(code + direction) < distance(code)) code += direction;
  return code;
}

/** Of first moments. */
export const SIGNED_CODE = dynamicCode(true);
/** Of second moments, which are not negative. */
export const UNSIGNED_CODE = dynamicCode(false);
