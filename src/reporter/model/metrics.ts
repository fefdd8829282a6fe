import { SCORES } from '../../stages/scores.ts';
import type { MeasuredSetting } from './measuredSettings.ts';
import type { DerivedMetric, MetricName, ReportMetric } from './reportModel.ts';
import type { ScoreTable } from './scoreTable.ts';

const DERIVED: Record<DerivedMetric, Omit<ReportMetric, 'name'>> = {
  balance: {
    title: 'Balance',
    direction: 'higher',
    range: [0, 1],
    unit: 'picture',
    definition: 'Harmonic mean of likeness and prompt kept, picture by picture: high only where both are.',
    source: 'ours; the harmonic mean as in the F score of van Rijsbergen 1979',
    whatItMisses:
      'It is relative to this sweep: 1 is the best of what was tried, not the best there is. It inherits what both parts miss.',
  },
  likeness: {
    title: 'Likeness',
    direction: 'higher',
    range: [0, 1],
    unit: 'picture',
    definition:
      "The subject score, prompt by prompt: 0 is the untrained model's mean (with several samplers the highest of them), 1 that of the best setting of this sweep.",
    source: 'ours, from the subject score',
    whatItMisses: 'See the subject score. Cut off at 0 and 1, so that single lucky pictures count less.',
  },
  prompt_kept: {
    title: 'Prompt kept',
    direction: 'higher',
    range: [0, 1],
    unit: 'picture',
    definition:
      "The prompt score, prompt by prompt: 0 is the worst setting's mean, 1 the best's, the untrained model with each sampler included.",
    source: 'ours, from CLIP-T',
    whatItMisses: 'See CLIP-T. Cut off at 0 and 1.',
  },
};

/** The scores that a report has values of: derived ones first, then those of the table. */
export function reportMetrics(measured: readonly MeasuredSetting[], { names }: ScoreTable): ReportMetric[] {
  const has = (name: MetricName): boolean => measured.some(setting => setting.measured.has(name));
  const derived = (['balance', 'likeness', 'prompt_kept'] as const).filter(has);
  return [
    ...derived.map(name => ({ name, ...DERIVED[name] })),
    ...names.filter(has).map(name => {
      const { title, direction, range, unit, definition, source, whatItMisses } = SCORES[name];
      return { name, title, direction, range, unit, definition, source, whatItMisses };
    }),
  ];
}
