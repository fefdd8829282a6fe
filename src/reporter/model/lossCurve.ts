import type { LossLine } from '../../stages/lossLog.ts';
import type { LossPoint } from './reportModel.ts';

/** Weight of the past in the smoothed curve: an update counts for about 20 steps. */
const DECAY = 0.95;

/** As many points as a chart can show; more only make the page heavy. */
const MAX_POINTS = 400;

/**
 * Exponential moving average with the bias correction of Adam (Kingma and Ba, 2015, section 3): the first steps are not
 * drawn towards 0, and equal steps of different trials are comparable. Losses that are not finite are left out.
 */
export function smoothLosses(lines: readonly LossLine[]): LossPoint[] {
  let average = 0;
  let weight = 0;
  const points: LossPoint[] = [];
  for (const { step, loss } of lines) {
    if (!isFiniteNumber(loss)) continue;
    average = DECAY * average + (1 - DECAY) * loss;
    weight = DECAY * weight + (1 - DECAY);
    points.push({ step, loss, smoothed: average / weight });
  }
  return points;
}

/** The first step whose loss is no finite number (JSON has no NaN, so the log holds null); null where all are. */
export const firstNotFinite = (lines: readonly LossLine[]): number | null =>
  lines.find(({ loss }) => !isFiniteNumber(loss))?.step ?? null;

/**
 * At most about `maxPoints` points that look like all of them: of every stretch the lowest and the highest loss, and
 * always the first and the last point.
 */
export function thinLosses(points: readonly LossPoint[], maxPoints = MAX_POINTS): LossPoint[] {
  if (points.length <= maxPoints) return [...points];
  const stretch = points.length / (maxPoints / 2);
  const kept = new Set<LossPoint>();
  for (let i = 0; i < maxPoints / 2; i += 1) {
    const part = points.slice(Math.floor(i * stretch), Math.floor((i + 1) * stretch));
    const low = part.reduce((a, b) => (b.loss < a.loss ? b : a));
    const high = part.reduce((a, b) => (b.loss > a.loss ? b : a));
    kept.add(low).add(high);
  }
  for (const end of [points[0], points.at(-1)]) if (end) kept.add(end);
  return [...kept].sort((a, b) => a.step - b.step);
}

const isFiniteNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);
