import { loadVit } from '../diffusion/pipeline/index.ts';
import type { ScoreItem } from '../stages/job.ts';
import type { ScoreValues } from '../stages/score.ts';
import { ImageEmbedder } from './imageEmbedder.ts';
import { dinoScores } from './measures.ts';
import type { PictureScorer, ReferencePhotos } from './pictureScorer.ts';

/** Scores by a ViT that was trained without words (DINO, Caron et al. 2021). */
export class DinoScorer implements PictureScorer {
  readonly #images: ImageEmbedder;
  readonly dispose: () => void;

  /** @throws E_MISSING, E_MODEL, E_SAFETENSORS for a folder that is no ViT */
  static async load(dir: string): Promise<DinoScorer> {
    const { model, preprocessing } = await loadVit(dir);
    return new DinoScorer(new ImageEmbedder(model, model.config.imageSize, preprocessing), () =>
      model.dispose(),
    );
  }

  private constructor(images: ImageEmbedder, dispose: () => void) {
    this.#images = images;
    this.dispose = dispose;
  }

  async score({ pictures }: ScoreItem, photos: ReferencePhotos): Promise<ScoreValues> {
    const [picture = []] = await this.#images.embed(pictures);
    return dinoScores(picture, {
      instance: await this.#images.embed(photos.instance),
      heldOut: await this.#images.embed(photos.heldOut),
    });
  }
}
