import type { ReportModel } from './reportModel.ts';

/**
 * The trials behind the best settings of a sweep: of each subject so many, as its report ranks them.
 *
 * @returns Trial.number, ascending; null where a subject has nothing to rank by
 */
export function bestTrials({ answers, settings }: ReportModel, count: number): number[] | null {
  const numbers = new Set<number>();
  for (const { best, comparisons } of answers) {
    if (best === null) return null;
    const ids = [best, ...comparisons.map(({ setting }) => setting)].slice(0, count);
    for (const id of ids) for (const number of settings[id]?.trials ?? []) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b);
}
