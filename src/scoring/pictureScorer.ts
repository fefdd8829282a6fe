import type { ScoreItem } from '../stages/job.ts';
import type { ScoreValues } from '../stages/score.ts';

/** Paths of the photos that a subject is known by. */
export interface ReferencePhotos {
  instance: readonly string[];
  heldOut: readonly string[];
}

/** Something that says numbers of pictures. */
export interface PictureScorer {
  /** @throws E_IMAGE, E_MISSING for a file that cannot be read */
  score(item: ScoreItem, photos: ReferencePhotos): Promise<ScoreValues>;
  dispose(): void;
}
