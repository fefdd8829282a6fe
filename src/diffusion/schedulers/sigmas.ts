import { linspace } from './timesteps.ts';

const { fround } = Math;

/** Noise level sigma = sqrt((1 - A) / A) at every training timestep, float32 (Karras et al. 2022 in terms of DDPM's A). */
export function sigmasOf(alphas: Float32Array): Float32Array {
  return alphas.map(alpha => Math.sqrt(fround(fround(1 - alpha) / alpha)));
}

/** numpy.interp of a table over its indices; beyond its ends the end values hold. */
export function interpolate(table: Float32Array, x: number): number {
  const last = table.length - 1;
  if (x >= last) return table[last] ?? Number.NaN;
  const low = Math.max(0, Math.floor(x));
  const from = table[low] ?? Number.NaN;
  return ((table[low + 1] ?? Number.NaN) - from) * (Math.max(0, x) - low) + from;
}

/** `count` noise levels from `max` down to `min`, evenly spaced in sigma^(1/7): Karras et al. (2022), equation 5. */
export function karrasSigmas(max: number, min: number, count: number): number[] {
  const rho = 7;
  const [from, to] = [max ** (1 / rho), min ** (1 / rho)];
  return linspace(0, 1, count).map(ramp => (from + ramp * (to - from)) ** rho);
}

/** `count` noise levels from `max` down to `min`, evenly spaced in their logarithm. */
export function exponentialSigmas(max: number, min: number, count: number): number[] {
  return linspace(Math.log(max), Math.log(min), count).map(Math.exp);
}

/** The (fractional) training timestep at which a noise level occurs, by interpolation between logarithms. */
export function timestepOfSigma(sigma: number, table: Float32Array): number {
  const logSigma = Math.log(Math.max(sigma, 1e-10));
  const logs = table.map(Math.log);
  let low = Math.max(
    0,
    logs.findLastIndex(value => logSigma >= value),
  );
  low = Math.max(0, Math.min(low, logs.length - 2));
  const from = logs[low] ?? 0;
  const to = logs[low + 1] ?? from;
  const weight = Math.min(1, Math.max(0, (from - logSigma) / fround(from - to)));
  return (1 - weight) * low + weight * (low + 1);
}
