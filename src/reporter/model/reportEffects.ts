import { optionValue } from '../shared/text.ts';
import { axisEffects } from '../statistics/effects.ts';
import type { ReportMetric, ReportModel } from './reportModel.ts';
import type { Measured } from './reportSettings.ts';

/** What each axis does to each score, subject by subject; nothing where there is nothing to compare. */
export function reportEffects(
  { settings, measured }: Measured,
  metrics: readonly ReportMetric[],
  axes: readonly string[],
): ReportModel['effects'] {
  const subjects = [...new Set(settings.map(({ subject }) => subject))];
  return subjects.flatMap(subject => {
    const own = settings.filter(setting => setting.subject === subject && !setting.untrained);
    const varying = axes.filter(
      axis => new Set(own.map(({ values }) => JSON.stringify(values[axis] ?? null))).size > 1,
    );
    if (varying.length === 0) return [];
    return metrics.flatMap(({ name }) => {
      const found = own.filter(({ scores }) => scores[name]);
      const units = [
        ...new Set(found.flatMap(({ id }) => [...(measured[id]?.measured.get(name)?.keys() ?? [])])),
      ].sort();
      if (found.length < 2) return [];
      const observations = found.map(({ id, values }) => ({
        levels: Object.fromEntries(varying.map(axis => [axis, optionValue(values[axis] ?? null)])),
        values: units.map(unit => measured[id]?.measured.get(name)?.get(unit)),
      }));
      return [{ subject, metric: name, axes: axisEffects(observations, varying) }];
    });
  });
}
