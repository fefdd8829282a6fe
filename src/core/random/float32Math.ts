/**
 * Logarithm, sine and cosine as torch evaluates them where it draws blocks of normals on an x86 processor with AVX2: the
 * single-precision polynomials of the Cephes library (S. Moshier), with the multiplications and additions that its
 * compiler fuses. Equal bit for bit; Math.log and friends, rounded to float32, differ in the last digit of every sixth value.
 */
const { fround } = Math;

const bits = new DataView(new ArrayBuffer(4));

/** a * b + c, rounded once to float32: the product of two float32 is exact in double precision. */
const fma = (a: number, b: number, c: number): number => fround(a * b + c);

/** Horner's rule, highest coefficient first. */
function polynomial(x: number, coefficients: Float32Array): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = fma(sum, x, coefficient);
  return sum;
}

const LOG = Float32Array.of(
  7.0376836292e-2,
  -1.151461031e-1,
  1.167699874e-1,
  -1.2420140846e-1,
  1.4249322787e-1,
  -1.6668057665e-1,
  2.0000714765e-1,
  -2.4999993993e-1,
  3.3333331174e-1,
);
/** ln 2 in two parts, so that exponent x ln 2 loses nothing. */
const LN2_HIGH = fround(0.693359375);
const LN2_LOW = fround(-2.1219444e-4);
const SQRT_HALF = fround(Math.SQRT1_2);
const SMALLEST_NORMAL = 2 ** -126;

/** Natural logarithm of a float32 in (0, 1]; 0 counts as the smallest normal number. */
export function log32(x: number): number {
  bits.setFloat32(0, Math.max(x, SMALLEST_NORMAL));
  const word = bits.getUint32(0);
  bits.setUint32(0, (word & 0x007fffff) | 0x3f000000);
  let mantissa = bits.getFloat32(0); // [0.5, 1)
  let exponent = (word >>> 23) - 126;
  if (mantissa < SQRT_HALF) {
    mantissa = fround(fround(mantissa - 1) + mantissa);
    exponent -= 1;
  } else mantissa = fround(mantissa - 1);
  const square = fround(mantissa * mantissa);
  const series = fround(polynomial(mantissa, LOG) * mantissa);
  const tail = fma(-square, 0.5, fma(series, square, fround(exponent * LN2_LOW)));
  return fma(exponent, LN2_HIGH, fround(mantissa + tail));
}

const SIN = Float32Array.of(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1);
const COS = Float32Array.of(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2);
const FOUR_OVER_PI = fround(4 / Math.PI);
/** pi / 4 in three parts, so that subtracting octants loses nothing. */
const OCTANT = Float32Array.of(0.78515625, 2.4187564849853516e-4, 3.774894977445941e-8);

/** Sine and cosine of a float32 angle in radians, from 0 to a few turns. */
export function sinCos32(angle: number): { sin: number; cos: number } {
  const octant = (Math.trunc(fround(angle * FOUR_OVER_PI)) + 1) & ~1;
  let rest = angle; // [-pi/4, pi/4]
  for (const part of OCTANT) rest = fma(-octant, part, rest);
  const square = fround(rest * rest);
  const fourth = fround(polynomial(square, COS) * square);
  const cosine = fround(fma(fourth, square, -fround(square * 0.5)) + 1);
  const sine = fma(fround(polynomial(square, SIN) * square), rest, rest);
  const [s, c] = (octant & 2) === 0 ? [sine, cosine] : [cosine, sine];
  return { sin: (octant & 4) === 0 ? s : -s, cos: ((octant + 2) & 4) === 0 ? c : -c };
}
