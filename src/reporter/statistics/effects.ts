import { bootstrapMean, type Estimate, mean, percentileInterval, resampleIndices } from './bootstrap.ts';

/** One setting: the value it has on each axis, and what was measured on every unit (a prompt and a seed). */
export interface Observation {
  levels: Readonly<Record<string, string>>;
  /** By unit; units are shared between settings, and what is missing is undefined. */
  values: readonly (number | undefined)[];
}

export interface AxisEffect {
  axis: string;
  /** Share of the variance between settings that this axis alone explains, with its interval over units. */
  importance: Estimate;
  levels: { level: string; estimate: Estimate }[];
}

/**
 * Main effect of each axis (mean over everything else at each of its values) and its importance: the first-order share
 * of a functional analysis of variance over the settings that were run (Hutter, Hoos and Leyton-Brown, 2014). On a full
 * grid the shares of an additive response add up to 1; on a grid with holes axes that go together share theirs.
 * Uncertainty: units are drawn again with replacement, the same ones for every setting.
 */
export function axisEffects(observations: readonly Observation[], axes: readonly string[]): AxisEffect[] {
  const units = Math.max(0, ...observations.map(({ values }) => values.length));
  const all = Uint32Array.from({ length: units }, (_, unit) => unit);
  const draws = units > 1 ? resampleIndices(units, 0, 300) : [];
  const meansOf = (drawn: Uint32Array): (number | undefined)[] =>
    observations.map(({ values }) => meanAt(values, drawn));
  const whole = meansOf(all);
  const resampled = draws.map(meansOf);
  return axes.map(axis => {
    const levels = observations.map(observation => observation.levels[axis] ?? '');
    const share = explainedShare(whole, levels);
    const shares = resampled.map(means => explainedShare(means, levels));
    const interval = shares.length > 1 ? percentileInterval(shares) : { low: share, high: share };
    return {
      axis,
      importance: { mean: share, ...interval, n: units },
      levels: [...new Set(levels)].flatMap(level => {
        const own = observations.filter((_, i) => levels[i] === level);
        const estimate = bootstrapMean(unitMeans(own, units));
        return estimate ? [{ level, estimate }] : [];
      }),
    };
  });
}

function meanAt(values: readonly (number | undefined)[], drawn: Uint32Array): number | undefined {
  let sum = 0;
  let n = 0;
  for (const unit of drawn) {
    const value = values[unit];
    if (value === undefined) continue;
    sum += value;
    n += 1;
  }
  return n === 0 ? undefined : sum / n;
}

/** For each unit the mean over the settings that have it. */
function unitMeans(observations: readonly Observation[], units: number): number[] {
  const means: number[] = [];
  for (let unit = 0; unit < units; unit += 1) {
    const found = observations.flatMap(({ values }) => values[unit] ?? []);
    if (found.length > 0) means.push(mean(found));
  }
  return means;
}

/** Sum of squares between levels over the sum of squares in all; 0 where nothing varies. */
export function explainedShare(values: readonly (number | undefined)[], levels: readonly string[]): number {
  const groups = new Map<string, number[]>();
  for (const [i, value] of values.entries()) {
    if (value === undefined) continue;
    const level = levels[i] ?? '';
    groups.set(level, [...(groups.get(level) ?? []), value]);
  }
  const all = [...groups.values()].flat();
  if (all.length === 0) return 0;
  const centre = mean(all);
  const total = all.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  if (total <= 1e-15 * all.length * Math.max(1, centre ** 2)) return 0;
  const between = [...groups.values()].reduce(
    (sum, group) => sum + group.length * (mean(group) - centre) ** 2,
    0,
  );
  return between / total;
}
