import type { Plan } from '../../planner/types.ts';
import { bootstrapMean, mean } from '../statistics/bootstrap.ts';
import { paretoFront } from '../statistics/paretoFront.ts';
import { addBalance, subjectScore } from './balance.ts';
import { type MeasuredSetting, measuredSettings } from './measuredSettings.ts';
import { regionsOf } from './regions.ts';
import type { MetricName, ReportSetting } from './reportModel.ts';
import type { ScoreTable } from './scoreTable.ts';

export interface Measured {
  settings: ReportSetting[];
  /** By the id of a setting: what its means are made of. */
  measured: readonly MeasuredSetting[];
}

/** All settings, with means and intervals of every score, by subject in the order of the file. */
export function reportSettings(
  plan: Plan,
  scores: ScoreTable,
  samplerIndex: (sampler: object) => number,
): Measured {
  const all = measuredSettings(plan, scores);
  const bySubject = plan.sweep.subjects.map(({ name }) => all.filter(({ subject }) => subject === name));
  for (const own of bySubject) addBalance(own);
  const measured = bySubject.flat();
  const regions = bySubject.flatMap(regionsOf);
  const fronts = bySubject.flatMap(frontOf);
  return {
    measured,
    settings: measured.map((setting, id) => ({
      id,
      subject: setting.subject,
      untrained: setting.untrained,
      values: setting.values,
      learningRate: setting.learningRate,
      steps: setting.steps,
      sampler: samplerIndex(setting.sampler),
      trials: setting.trials,
      pictures: setting.pictures,
      scores: estimates(setting),
      region: regions[id] ?? null,
      onFront: fronts[id] ?? false,
    })),
  };
}

function estimates({ measured }: MeasuredSetting): ReportSetting['scores'] {
  const scores: ReportSetting['scores'] = {};
  for (const [name, values] of measured) {
    const estimate = bootstrapMean([...values.values()]);
    if (estimate) scores[name] = estimate;
  }
  return scores;
}

/** Of the subject score and the prompt score; without both there is no front. */
function frontOf(settings: readonly MeasuredSetting[]): boolean[] {
  const name = subjectScore(settings);
  const points = settings.map(({ measured }) => {
    const [x, y] = [average(measured.get(name as MetricName)), average(measured.get('clip_t'))];
    return x === null || y === null ? null : { x, y };
  });
  const known = points.flatMap((point, index) => (point ? [{ ...point, index }] : []));
  const front = paretoFront(known);
  const on = settings.map(() => false);
  for (const [i, { index }] of known.entries()) on[index] = front[i] ?? false;
  return on;
}

function average(values: ReadonlyMap<string, number> | undefined): number | null {
  return values && values.size > 0 ? mean([...values.values()]) : null;
}
