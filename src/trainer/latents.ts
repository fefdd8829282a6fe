import * as tf from '@tensorflow/tfjs-core';
import type { AutoencoderKL } from '../diffusion/models/index.ts';
import { ByteLru } from './byteLru.ts';

/** What the VAE says of one square picture: latents are drawn from this normal distribution. */
export interface Moments {
  /** [height, width, channels] of the latents. */
  shape: [number, number, number];
  /** In [H, W, C] order, as is `std`. */
  mean: Float32Array;
  std: Float32Array;
}

/** Training pictures from which squares are cut; `Choice` says which one and how, in plain values. */
export interface SquareImages<Choice> {
  /** [resolution, resolution, 3] values in [-1, 1]. */
  square(choice: Choice): Promise<Float32Array>;
}

/** With random crops a photo has many boxes; the moments of those not seen for longest are forgotten. */
const MOMENTS_CACHE_BYTES = 256 * 2 ** 20;

/**
 * The VAE's moments of training pictures, computed once for each choice (picture, box). Each square is encoded by itself, never
 * in a batch, so that its moments do not depend on what the cache holds: a resumed training sees the same bits.
 */
export class LatentSource<Choice extends object> {
  readonly #vae: AutoencoderKL;
  readonly #images: SquareImages<Choice>;
  readonly #resolution: number;
  readonly #cache: ByteLru<Moments>;

  constructor(
    vae: AutoencoderKL,
    images: SquareImages<Choice>,
    resolution: number,
    cacheBytes = MOMENTS_CACHE_BYTES,
  ) {
    this.#vae = vae;
    this.#images = images;
    this.#resolution = resolution;
    this.#cache = new ByteLru(cacheBytes, ({ mean, std }) => mean.byteLength + std.byteLength);
  }

  moments(choice: Choice): Promise<Moments> {
    const key = Object.values(choice).join(' ');
    return this.#cache.getOrMake(key, async () => this.#encode(await this.#images.square(choice)));
  }

  #encode(values: Float32Array): Moments {
    const side = this.#resolution;
    return tf.tidy(() => {
      const { mean, logvar } = this.#vae.inferMoments(tf.tensor4d(values, [1, side, side, 3]));
      const [, height, width, channels] = mean.shape;
      // Float32Array.from: what dataSync gives may be a view of memory that the backend uses again.
      const std = Float32Array.from(logvar.dataSync(), v => Math.exp(Math.fround(0.5 * v)));
      return { shape: [height, width, channels], mean: Float32Array.from(mean.dataSync()), std };
    });
  }
}
