import type { MetricName, ReportModel } from '../model/reportModel.ts';
import type { Measured } from '../model/reportSettings.ts';
import { mean, percentileInterval, resampleIndices } from '../statistics/bootstrap.ts';
import { pairedComparison } from '../statistics/pairedComparison.ts';
import type { NoteFilter, NoteQuery } from './noteQuery.ts';
import { checkFilter, isUnit, settingsFor } from './selectFor.ts';

export interface ClaimResult {
  verdict: 'seen' | 'not seen' | 'the opposite is seen';
  /** Mean of the metric where a holds, less where b holds (or the difference of two such differences). */
  difference: number;
  low: number;
  high: number;
  /** The difference over the standard deviation of its units; null where they do not vary. */
  effectSize: number | null;
  /** Pairs, or the smaller group. */
  n: number;
  paired: boolean;
}

type Claim = Extract<NoteQuery, { kind: 'claim' }>;
type Units = Map<string, number>;

/**
 * Tests a statement on what the sweep measured. Pairs (same prompt and seeds) are compared by Student's paired t; groups
 * that share no unit (two subjects, say) by the bootstrap of the difference of their means.
 *
 * @throws Error with one line where the statement asks for what is not there
 */
export function testClaim(model: ReportModel, measured: Measured, claim: Claim): ClaimResult {
  const isKnown = claim.metric === 'good' || model.metrics.some(({ name }) => name === claim.metric);
  if (!isKnown) {
    const known = [...model.metrics.map(({ name }) => name), 'good'].join(', ');
    throw new Error(`metric ${claim.metric}: not measured in this sweep, expected one of ${known}`);
  }
  const units = (name: string, filter: NoteFilter): Units => {
    checkFilter(model, filter);
    const found = unitsFor(model, measured, filter, claim.metric);
    if (found.size === 0) throw new Error(`${name}: nothing measured fits`);
    return found;
  };
  const [a, b] = [units('a', claim.a), units('b', claim.b)];
  const than = claim.than && { a: units('than.a', claim.than.a), b: units('than.b', claim.than.b) };
  const first = paired(a, b);
  const second = than && paired(than.a, than.b);
  const result = than
    ? first && second
      ? unpairedResult(first, second)
      : bootstrapResult([a, b, than.a, than.b], [1, -1, -1, 1])
    : first
      ? pairedResult(first)
      : bootstrapResult([a, b], [1, -1]);
  return { ...result, verdict: verdictOf(claim, result) };
}

/**
 * `same` is a statement of equivalence: the whole interval within the margin. An interval that merely holds zero would be
 * the easier to have the fewer pictures there are.
 */
function verdictOf(
  { expect: expected, within }: Pick<Claim, 'expect' | 'within'>,
  { low, high }: Pick<ClaimResult, 'low' | 'high'>,
): ClaimResult['verdict'] {
  const [above, below] = [low > 0, high < 0];
  if (expected === 'same') {
    if (low >= -within && high <= within) return 'seen';
    return above || below ? 'the opposite is seen' : 'not seen';
  }
  if (expected === 'higher' ? above : below) return 'seen';
  return (expected === 'higher' ? below : above) ? 'the opposite is seen' : 'not seen';
}

/** By unit the mean over all settings of the filter. `good`: 1 for each setting that the map calls good, else 0. */
function unitsFor(model: ReportModel, { measured }: Measured, filter: NoteFilter, metric: string): Units {
  const settings = settingsFor(model, filter);
  if (metric === 'good') {
    return new Map(
      settings.flatMap(({ id, region }) =>
        region === null ? [] : [[`setting ${id}`, region === 'good' ? 1 : 0]],
      ),
    );
  }
  const byUnit = new Map<string, number[]>();
  for (const { id } of settings) {
    for (const [unit, value] of measured[id]?.measured.get(metric as MetricName) ?? []) {
      if (isUnit(filter, unit)) byUnit.set(unit, [...(byUnit.get(unit) ?? []), value]);
    }
  }
  return new Map([...byUnit].map(([unit, values]) => [unit, mean(values)]));
}

/** Differences on shared units; null where fewer than two are shared. */
function paired(a: Units, b: Units): number[] | null {
  const differences = [...a].flatMap(([unit, value]) => {
    const other = b.get(unit);
    return other === undefined ? [] : [value - other];
  });
  return differences.length < 2 ? null : differences;
}

type Result = Omit<ClaimResult, 'verdict'>;

function pairedResult(differences: readonly number[]): Result {
  const { difference, low, high, n } = pairedComparison(differences);
  return {
    difference,
    low: low ?? Number.NEGATIVE_INFINITY,
    high: high ?? Number.POSITIVE_INFINITY,
    effectSize: standardised(difference, differences),
    n,
    paired: true,
  };
}

const unpairedResult = (first: readonly number[], second: readonly number[]): Result =>
  bootstrapResult(
    [first, second].map(values => new Map(values.map((value, i) => [`${i}`, value]))),
    [1, -1],
  );

function bootstrapResult(groups: readonly Units[], signs: readonly number[]): Result {
  const values = groups.map(group => [...group.values()]);
  const combined = (means: readonly number[]): number =>
    means.reduce((sum, value, i) => sum + (signs[i] ?? 0) * value, 0);
  const draws = values.map((own, i) =>
    resampleIndices(own.length, i).map(drawn => mean([...drawn].map(at => own[at] ?? 0))),
  );
  const resampled = (draws[0] ?? []).map((_, r) => combined(draws.map(means => means[r] ?? 0)));
  const difference = combined(values.map(mean));
  return {
    difference,
    ...percentileInterval(resampled),
    effectSize: standardised(difference, values[0] ?? []),
    n: Math.min(...values.map(({ length }) => length)),
    paired: false,
  };
}

function standardised(difference: number, values: readonly number[]): number | null {
  const centre = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
  return values.length < 2 || variance < 1e-18 ? null : difference / Math.sqrt(variance);
}
