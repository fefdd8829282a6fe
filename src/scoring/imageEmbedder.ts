import * as tf from '@tensorflow/tfjs-core';
import { type ImageNormalization, preprocess, readImage } from '../diffusion/images/index.ts';
import type { Vector } from './measures.ts';

/** A CLIP's picture half, or a ViT. */
export interface VisionModel {
  /** Normalised pixels [B, S, S, 3] -> [B, C] */
  embedImages(pixels: tf.Tensor4D): tf.Tensor2D;
}

/** Pictures embedded at once; the results do not depend on it. */
const BATCH = 16;

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
    const missing = [...new Set(paths)].filter(path => !this.#known.has(path));
    if (this.#known.size + missing.length > MAX_KEPT) this.#known.clear();
    const wanted = [...new Set(paths)].filter(path => !this.#known.has(path));
    for (let i = 0; i < wanted.length; i += BATCH) await this.#embedBatch(wanted.slice(i, i + BATCH));
    return paths.map(path => this.#known.get(path) ?? []);
  }

  async #embedBatch(paths: readonly string[]): Promise<void> {
    const size = this.#size;
    const pixels = new Float32Array(paths.length * size * size * 3);
    for (const [i, path] of paths.entries()) {
      pixels.set(preprocess(await readImage(path), this.#preprocessing), i * size * size * 3);
    }
    const vectors = unitRows(() =>
      this.#model.embedImages(tf.tensor4d(pixels, [paths.length, size, size, 3])),
    );
    for (const [i, path] of paths.entries()) this.#known.set(path, vectors[i] ?? []);
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
