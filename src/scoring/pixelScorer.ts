import { centerCrop, readImage, resizeShorterSide } from '../diffusion/images/index.ts';
import type { ScoreItem } from '../stages/job.ts';
import type { ScoreValues } from '../stages/score.ts';
import { noiseScores } from './measures.ts';
import type { PictureScorer, ReferencePhotos } from './pictureScorer.ts';
import { residue } from './residue.ts';

/** Scores that need no model. */
export class PixelScorer implements PictureScorer {
  /** Residues of photos, by path and size. */
  readonly #known = new Map<string, number>();

  async score({ pictures, basePicture }: ScoreItem, photos: ReferencePhotos): Promise<ScoreValues> {
    const picture = await readImage(pictures[0] ?? '');
    const base = basePicture === null ? null : residue(await readImage(basePicture));
    const expected: number[] = [];
    for (const path of photos.instance)
      expected.push(await this.#ofPhoto(path, picture.width, picture.height));
    return noiseScores(residue(picture), expected, base);
  }

  dispose(): void {
    this.#known.clear();
  }

  /** The photo as training sees it: shorter side to the picture's, bilinear, the middle. */
  async #ofPhoto(path: string, width: number, height: number): Promise<number> {
    const id = `${width}x${height} ${path}`;
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const resized = resizeShorterSide(await readImage(path), Math.max(width, height), 'bilinear', path);
    const value = residue(centerCrop(resized, width, height));
    this.#known.set(id, value);
    return value;
  }
}
