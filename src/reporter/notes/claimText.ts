import type { ReportModel } from '../model/reportModel.ts';
import type { ClaimResult } from './testClaim.ts';

/** What was found, in a sentence. */
export function claimText({ metrics }: ReportModel, metric: string, result: ClaimResult): string {
  const title =
    metric === 'good'
      ? 'Share of good settings'
      : (metrics.find(({ name }) => name === metric)?.title ?? metric);
  const { difference, low, high, effectSize, n, paired } = result;
  const size = effectSize === null ? '' : `, effect size ${signed(effectSize, 1)}`;
  return `${title} ${signed(difference, 3)} (95% ${signed(low, 3)} to ${signed(high, 3)}${size}, ${n} ${
    paired ? 'pairs' : 'in the smaller group'
  }).`;
}

const signed = (value: number, digits: number): string =>
  Number.isFinite(value) ? `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}` : 'unknown';
