import * as tf from '@tensorflow/tfjs-core';
import { type ImageNormalization, preprocess, readImage } from '../diffusion/images/index.ts';
import type { Vector } from './measures.ts';

/** A CLIP's picture half, or a ViT. */
export interface VisionModel {
  /** Normalised pixels [B, S, S, 3] -> [B, C] */
  embedImages(pixels: tf.Tensor4D): tf.Tensor2D;
}

/** Vectors that are kept: more than the photos and pictures of any one job. */
const MAX_KEPT = 4096;

/** Embeds picture files, and remembers those it has seen: photos are asked for with every job. */
export class ImageEmbedder {
  readonly #model: VisionModel;
  readonly #size: number;
  readonly #preprocessing: ImageNormalization;
  readonly #known = new Map<string, Vector>();

  constructor(model: VisionModel, size: number, preprocessing: ImageNormalization) {
    this.#model = model;
    this.#size = size;
    this.#preprocessing = preprocessing;
  }

  /**
   * Embeddings of length 1, in the order of the paths.
   * @throws E_IMAGE, E_MISSING for a file that cannot be read
   */
  async embed(paths: readonly string[]): Promise<Vector[]> {
    const missing = new Set(paths.filter(path => !this.#known.has(path)));
    if (this.#known.size + missing.size > MAX_KEPT) {
      this.#known.clear();
      for (const path of paths) missing.add(path);
    }
    // One by one: which others are in a batch changes the last digits on native TensorFlow, and which are missing is chance.
    for (const path of missing) this.#known.set(path, await this.#embedOne(path));
    return paths.map(path => this.#known.get(path) ?? []);
  }

  async #embedOne(path: string): Promise<Vector> {
    const size = this.#size;
    const pixels = preprocess(await readImage(path), this.#preprocessing);
    const [vector = []] = unitRows(() => this.#model.embedImages(tf.tensor4d(pixels, [1, size, size, 3])));
    return vector;
  }
}

/** The rows of what `compute` gives, made of length 1 in double precision. */
export function unitRows(compute: () => tf.Tensor2D): Vector[] {
  const matrix = tf.tidy(compute);
  const rows = matrix.arraySync();
  matrix.dispose();
  return rows.map(row => {
    const length = Math.hypot(...row);
    return row.map(value => value / length);
  });
}
