import { type Clip, loadClip } from '../diffusion/pipeline/index.ts';
import type { ScoreItem } from '../stages/job.ts';
import type { ScoreValues } from '../stages/score.ts';
import { ImageEmbedder, unitRows } from './imageEmbedder.ts';
import { clipOtherScores, clipSubjectScores, groupScores, type Vector } from './measures.ts';
import type { PictureScorer, ReferencePhotos } from './pictureScorer.ts';

/** Scores by a CLIP: how much of the subject, how much of the prompt. */
export class ClipScorer implements PictureScorer {
  readonly #clip: Clip;
  readonly #images: ImageEmbedder;
  readonly #texts = new Map<string, Vector>();

  /** @throws E_MISSING, E_MODEL, E_SAFETENSORS, E_TOKENIZER for a folder that is no CLIP */
  static async load(dir: string): Promise<ClipScorer> {
    return new ClipScorer(await loadClip(dir));
  }

  private constructor(clip: Clip) {
    const { model, preprocessing } = clip;
    this.#clip = clip;
    this.#images = new ImageEmbedder(model, model.config.vision.imageSize, preprocessing);
  }

  async score({ role, pictures, text }: ScoreItem, photos: ReferencePhotos): Promise<ScoreValues> {
    const vectors = await this.#images.embed(pictures);
    if (role === 'group') return groupScores(vectors);
    const references = {
      instance: await this.#images.embed(photos.instance),
      heldOut: await this.#images.embed(photos.heldOut),
    };
    const [picture = []] = vectors;
    const words = this.#embedText(text ?? '');
    return role === 'other'
      ? clipOtherScores(picture, words, references)
      : clipSubjectScores(picture, words, references);
  }

  dispose(): void {
    this.#clip.model.dispose();
  }

  #embedText(text: string): Vector {
    const known = this.#texts.get(text);
    if (known) return known;
    const { model, tokenizer } = this.#clip;
    const [vector = []] = unitRows(() => model.embedTexts([tokenizer.encode(text).ids]));
    this.#texts.set(text, vector);
    return vector;
  }
}
