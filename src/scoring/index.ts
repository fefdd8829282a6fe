/** What pictures are measured by; the definitions are in stages/scores.ts. */
import { SweetspotError } from '../core/errors.ts';
import type { Scorer } from '../stages/scores.ts';
import { ClipScorer } from './clipScorer.ts';
import { DinoScorer } from './dinoScorer.ts';
import type { PictureScorer } from './pictureScorer.ts';
import { PixelScorer } from './pixelScorer.ts';

export type { PictureScorer } from './pictureScorer.ts';

/**
 * @param dir folder of the scorer's model; null for the one that needs none
 * @throws E_MISSING, E_MODEL, E_SAFETENSORS, E_TOKENIZER for a folder that is not what it should be
 */
export async function loadScorer(scorer: Scorer, dir: string | null): Promise<PictureScorer> {
  if (scorer === 'pixels') return new PixelScorer();
  if (dir === null) throw new SweetspotError('E_INTERNAL', 'a scorer without its folder', { got: scorer });
  return scorer === 'clip' ? ClipScorer.load(dir) : DinoScorer.load(dir);
}
