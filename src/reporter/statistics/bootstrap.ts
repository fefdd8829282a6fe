import { Mt19937 } from '../../core/random/mt19937.ts';

/** A mean with its uncertainty. */
export interface Estimate {
  mean: number;
  /** Ends of the 95% interval; equal to the mean where there is a single value. */
  low: number;
  high: number;
  /** How many values it is the mean of. */
  n: number;
}

const RESAMPLES = 1000;
const LEVEL = 0.95;

const drawnBefore = new Map<string, Uint32Array[]>();

/** For each resample the indices that are drawn; equal for equal (n, seed), so that comparisons stay paired. */
export function resampleIndices(n: number, seed = 0, resamples = RESAMPLES): Uint32Array[] {
  const id = `${n} ${seed} ${resamples}`;
  const known = drawnBefore.get(id);
  if (known) return known;
  const random = Mt19937.seeded(seed);
  const drawn = Array.from({ length: resamples }, () =>
    // A 32-bit word times n, over 2^32: uniform up to n / 2^32.
    Uint32Array.from({ length: n }, () => Math.floor((random.next() / 2 ** 32) * n)),
  );
  if (drawnBefore.size >= 50) drawnBefore.clear();
  drawnBefore.set(id, drawn);
  return drawn;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * The value below which a share `p` of sorted values lies, between two of them by straight lines (type 7 of Hyndman and
 * Fan, 1996: what numpy and R do).
 */
export function quantile(sorted: readonly number[], p: number): number {
  const place = (sorted.length - 1) * p;
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return low + (place - below) * (high - low);
}

/** The 95% interval of a statistic, from its values over resamples. */
export function percentileInterval(values: readonly number[]): { low: number; high: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return { low: quantile(sorted, (1 - LEVEL) / 2), high: quantile(sorted, (1 + LEVEL) / 2) };
}

/**
 * The mean of some values with the percentile bootstrap's 95% interval (Efron and Tibshirani, 1993, chapter 13). Seeded:
 * the same values give the same interval. With fewer than about ten values the interval is too narrow: say how many.
 *
 * @returns null where there is no value
 */
export function bootstrapMean(values: readonly number[], seed = 0): Estimate | null {
  const n = values.length;
  if (n === 0) return null;
  const centre = mean(values);
  if (n === 1) return { mean: centre, low: centre, high: centre, n };
  const means = resampleIndices(n, seed).map(drawn => {
    let sum = 0;
    for (const index of drawn) sum += values[index] ?? 0;
    return sum / n;
  });
  return { mean: centre, ...percentileInterval(means), n };
}
