import type { ScoreParameters } from '../stages/job.ts';
import { scorerOf } from './scorerCache.ts';

/** Seconds that one item takes, once scorer and photos are there. */
export async function timeScoring(parameters: ScoreParameters): Promise<number | undefined> {
  const { items, photos } = parameters;
  const [item] = items;
  if (!item) return undefined;
  const scorer = await scorerOf(parameters);
  // Photos are read once; the item's own picture is another one, so that it counts.
  await scorer.score(
    { ...item, pictures: photos.instance.slice(0, 1) },
    { ...photos, instance: photos.instance.slice(0, 1) },
  );
  const started = performance.now();
  await scorer.score(item, photos);
  return (performance.now() - started) / 1000 / Math.max(1, photos.instance.length);
}
