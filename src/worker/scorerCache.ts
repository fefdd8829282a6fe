import { loadScorer, type PictureScorer } from '../scoring/index.ts';
import type { ScoreParameters } from '../stages/job.ts';

/** One scorer of each kind stays in memory between jobs, with the embeddings of the photos. */
const loaded = new Map<string, { dir: string | null; scorer: PictureScorer }>();

/** @throws E_MISSING, E_MODEL, E_SAFETENSORS, E_TOKENIZER for a folder that is not what it should be */
export async function scorerOf({
  scorer: kind,
  scorerDir: dir,
}: Pick<ScoreParameters, 'scorer' | 'scorerDir'>): Promise<PictureScorer> {
  const known = loaded.get(kind);
  if (known?.dir === dir) return known.scorer;
  known?.scorer.dispose();
  loaded.delete(kind);
  const scorer = await loadScorer(kind, dir);
  loaded.set(kind, { dir, scorer });
  return scorer;
}
