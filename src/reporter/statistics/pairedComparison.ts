import { mean } from './bootstrap.ts';
import { criticalT, twoSidedP } from './studentT.ts';

/** How much one setting is better than another, on the same prompts and seeds. */
export interface Comparison {
  /** Mean of the paired differences. */
  difference: number;
  /** Ends of the 95% interval; minus and plus infinity are null (a single pair tells nothing). */
  low: number | null;
  high: number | null;
  /** Two-sided, of the hypothesis that there is no difference. */
  p: number;
  /** Pairs. */
  n: number;
}

/**
 * Student's paired t-test (1908): right for few pairs, where the bootstrap promises too much.
 *
 * @param differences one a pair
 */
export function pairedComparison(differences: readonly number[]): Comparison {
  const n = differences.length;
  const difference = n === 0 ? 0 : mean(differences);
  if (n < 2) return { difference, low: null, high: null, p: 1, n };
  const variance = differences.reduce((sum, d) => sum + (d - difference) ** 2, 0) / (n - 1);
  const error = Math.sqrt(variance / n);
  const half = criticalT(0.05, n - 1) * error;
  const p = difference === 0 ? 1 : twoSidedP(difference / error, n - 1);
  return { difference, low: difference - half, high: difference + half, p, n };
}

/**
 * Which of several hypotheses fall when the chance that any true one falls is held at `level` (Holm, 1979).
 *
 * @returns for each p, whether its hypothesis is rejected
 */
export function holmRejected(ps: readonly number[], level = 0.05): boolean[] {
  const order = ps.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const rejected = ps.map(() => false);
  for (const [rank, { p, index }] of order.entries()) {
    if (p > level / (ps.length - rank)) break;
    rejected[index] = true;
  }
  return rejected;
}
