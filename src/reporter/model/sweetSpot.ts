import { settingText } from '../shared/text.ts';
import type { ReportSetting } from './reportModel.ts';

/**
 * Whether the best of what was tried is to be recommended: not where it is the least bad of what is underfit or overfit.
 * Where no score names a region, nothing speaks against it.
 */
export const isSweetSpot = ({ region }: Pick<ReportSetting, 'region'>): boolean =>
  region === null || region === 'good';

/** The headline without the subject, in one line. */
export const headlineText = (best: ReportSetting): string =>
  `${isSweetSpot(best) ? '' : 'no sweet spot yet, best so far '}${settingText(best)}`;

/**
 * The ties to name beside the best one, and how many are left out because they are underfit or overfit: that few pictures do
 * not tell them from a good one is no reason to train with them.
 */
export function namedTies(
  best: ReportSetting,
  ties: readonly ReportSetting[],
): { named: readonly ReportSetting[]; leftOut: number } {
  const named = isSweetSpot(best) ? ties.filter(isSweetSpot) : ties;
  return { named, leftOut: ties.length - named.length };
}

/** The words before the list. */
export const TIES_LABEL = 'Not told apart from it by these pictures:';

/** The words after it, or null. */
export const leftOutText = (leftOut: number): string | null =>
  leftOut === 0 ? null : `${leftOut} more ${leftOut === 1 ? 'is' : 'are'} underfit or overfit`;
