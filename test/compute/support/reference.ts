/** A tensor in double precision for reference computations: plain nested loops, nothing clever. */
export interface Reference {
  shape: number[];
  data: Float64Array;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Values in [-1, 1) from a small linear congruential generator, rounded to float32 so that both sides agree. */
export function randomReference(shape: number[], seed: number, scale = 1): Reference {
  let state = (seed * 2654435761 + 12345) >>> 0;
  const data = Float64Array.from({ length: sizeOf(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround(((state / 2 ** 32) * 2 - 1) * scale);
  });
  return { shape, data };
}

/** A result filled element by element; `fill` gets the index of each axis. */
export function build(shape: number[], fill: (...at: number[]) => number): Reference {
  const data = new Float64Array(sizeOf(shape));
  const at = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    data[i] = fill(...at);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis] = (at[axis] as number) + 1;
      if ((at[axis] as number) < (shape[axis] as number)) break;
      at[axis] = 0;
    }
  }
  return { shape, data };
}

/** The element at an index per axis. */
export function get({ shape, data }: Reference, ...at: number[]): number {
  const flat = at.reduce((index, i, axis) => index * (shape[axis] as number) + i, 0);
  return data[flat] as number;
}

/** The error function by its Taylor series, or its continued fraction where that is long (|x| > 3). */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 3) {
    let fraction = 0;
    for (let k = 60; k > 0; k--) fraction = k / 2 / (a + fraction);
    return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
  }
  let term = x;
  let sum = x;
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
