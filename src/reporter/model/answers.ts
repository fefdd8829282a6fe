import { holmRejected, pairedComparison } from '../statistics/pairedComparison.ts';
import { edgesOf } from './edges.ts';
import { cautionsFor, reasonFor } from './reasons.ts';
import { dose } from './regions.ts';
import type { MetricName, ReportAnswer, ReportMetric, ReportSetting } from './reportModel.ts';
import type { Measured } from './reportSettings.ts';

/** What settings are ranked by when nobody says otherwise: the first of these that was measured. */
const RANKED_BY: readonly MetricName[] = ['balance', 'likeness', 'clip_i', 'dino_i', 'clip_t'];

export const defaultMetric = (metrics: readonly ReportMetric[]): MetricName | null =>
  RANKED_BY.find(name => metrics.some(metric => metric.name === name)) ?? null;

/**
 * The settings of one subject, ranked by a metric. Ties are those that cannot be told from the best one: Holm's procedure
 * over the paired t-tests of the best against each other setting does not reject their equality at 5%.
 */
export function rankSettings(
  { settings, measured }: Measured,
  subject: string,
  { name, direction }: Pick<ReportMetric, 'name' | 'direction'>,
): Pick<ReportAnswer, 'best' | 'ties' | 'comparisons'> {
  const sign = direction === 'higher' ? 1 : -1;
  const ranked = settings
    .filter(setting => setting.subject === subject && !setting.untrained && setting.scores[name])
    .sort((a, b) => sign * ((b.scores[name]?.mean ?? 0) - (a.scores[name]?.mean ?? 0)) || dose(a) - dose(b));
  const [best, ...others] = ranked;
  if (!best) return { best: null, ties: [], comparisons: [] };
  const own = measured[best.id]?.measured.get(name) ?? new Map<string, number>();
  const compared = others.map(({ id }) => {
    const theirs = measured[id]?.measured.get(name) ?? new Map<string, number>();
    const differences = [...own].flatMap(([unit, value]) => {
      const other = theirs.get(unit);
      return other === undefined ? [] : [sign * (value - other)];
    });
    return { setting: id, comparison: pairedComparison(differences) };
  });
  const rejected = holmRejected(compared.map(({ comparison }) => comparison.p));
  const comparisons = compared.map((each, i) => ({ ...each, tie: !rejected[i] }));
  return {
    best: best.id,
    ties: comparisons.filter(({ tie }) => tie).map(({ setting }) => setting),
    comparisons,
  };
}

/** The answer for a subject; `command` is filled in by whoever knows the folders. */
export function answerFor(
  measured: Measured,
  subject: string,
  metrics: readonly ReportMetric[],
): ReportAnswer {
  const metric = metrics.find(({ name }) => name === defaultMetric(metrics));
  const { settings } = measured;
  if (!metric) return nothing(subject);
  const ranking = rankSettings(measured, subject, metric);
  const best = ranking.best === null ? undefined : settings[ranking.best];
  if (!best) return nothing(subject);
  const ties = ranking.ties.flatMap(id => settings[id] ?? []);
  const { under, over } = contrasts(settings, best);
  return {
    subject,
    metric: metric.name,
    ...ranking,
    reason: reasonFor({ settings, best, ties, comparisons: ranking.comparisons, metric, metrics }),
    cautions: cautionsFor({ settings, best, ties, metrics }),
    edges: edgesOf(best, ties, settings),
    under,
    over,
    command: null,
  };
}

const nothing = (subject: string): ReportAnswer => ({
  subject,
  metric: null,
  best: null,
  ties: [],
  comparisons: [],
  reason: '',
  cautions: [],
  edges: [],
  under: null,
  over: null,
  command: null,
});

/** What to look at beside the best: the least training of those with too little, the most of those with too much. */
function contrasts(
  settings: readonly ReportSetting[],
  best: ReportSetting,
): Pick<ReportAnswer, 'under' | 'over'> {
  const others = settings.filter(
    ({ id, subject, sampler, untrained }) =>
      id !== best.id && subject === best.subject && sampler === best.sampler && !untrained,
  );
  const byDose = [...others].sort((a, b) => dose(a) - dose(b));
  return {
    under: byDose.find(({ region }) => region === 'underfit')?.id ?? null,
    over: byDose.findLast(({ region }) => region === 'overfit')?.id ?? null,
  };
}
