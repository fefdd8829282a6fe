import { rankSettings } from './answers.ts';
import type { ReportModel } from './reportModel.ts';
import type { Measured } from './reportSettings.ts';

/**
 * The trials behind the best settings of a sweep: of each subject so many, by what its report ranks by.
 *
 * @returns Trial.number, ascending; null where a subject has nothing to rank by
 */
export function bestTrials(
  { model, measured }: { model: ReportModel; measured: Measured },
  settings: number,
): number[] | null {
  const numbers = new Set<number>();
  for (const { subject, metric: name } of model.answers) {
    const metric = model.metrics.find(each => each.name === name);
    if (!metric) return null;
    const { best, comparisons } = rankSettings(measured, subject, metric);
    if (best === null) return null;
    const ids = [best, ...comparisons.map(({ setting }) => setting)].slice(0, settings);
    for (const id of ids) for (const number of model.settings[id]?.trials ?? []) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b);
}
