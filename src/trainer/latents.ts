import * as tf from '@tensorflow/tfjs-core';
import type { AutoencoderKL } from '../diffusion/models/index.ts';
import type { CroppedImage } from './batchStream.ts';
import { ByteLru } from './byteLru.ts';
import type { TrainingImages } from './trainingImages.ts';

/** What the VAE says of one square picture: latents are drawn from this normal distribution. */
export interface Moments {
  /** [height, width, channels] of the latents. */
  shape: [number, number, number];
  /** In [H, W, C] order, as is `std`. */
  mean: Float32Array;
  std: Float32Array;
}

/** With random crops a photo has many boxes; the moments of those not seen for longest are forgotten. */
const MOMENTS_CACHE_BYTES = 256 * 2 ** 20;

/**
 * The VAE's moments of training pictures, computed once for each (picture, box). Each square is encoded by itself, never
 * in a batch, so that its moments do not depend on what the cache holds: a resumed training sees the same bits.
 */
export class LatentSource {
  readonly #vae: AutoencoderKL;
  readonly #images: TrainingImages;
  readonly #resolution: number;
  readonly #cache: ByteLru<Moments>;

  constructor(
    vae: AutoencoderKL,
    images: TrainingImages,
    resolution: number,
    cacheBytes = MOMENTS_CACHE_BYTES,
  ) {
    this.#vae = vae;
    this.#images = images;
    this.#resolution = resolution;
    this.#cache = new ByteLru(cacheBytes, ({ mean, std }) => mean.byteLength + std.byteLength);
  }

  moments(crop: CroppedImage): Promise<Moments> {
    const key = `${crop.image} ${crop.top} ${crop.left}`;
    return this.#cache.getOrMake(key, async () => this.#encode(await this.#images.square(crop)));
  }

  #encode(values: Float32Array): Moments {
    const side = this.#resolution;
    return tf.tidy(() => {
      const { mean, logvar } = this.#vae.encode(tf.tensor4d(values, [1, side, side, 3]));
      const [, height, width, channels] = mean.shape;
      // Float32Array.from: what dataSync gives may be a view of memory that the backend uses again.
      const std = Float32Array.from(logvar.dataSync(), v => Math.exp(Math.fround(0.5 * v)));
      return { shape: [height, width, channels], mean: Float32Array.from(mean.dataSync()), std };
    });
  }
}
