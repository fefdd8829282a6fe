import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../core/errors.ts';
import type { TorchGenerator } from '../core/random/torchGenerator.ts';
import { fromTensorValues, type RgbImage } from './images/index.ts';
import type { AutoencoderKL } from './models/index.ts';

export interface LatentSize {
  height: number;
  width: number;
  channels: number;
}

/**
 * Unit noise [B, h, w, C], item i drawn from generator i alone as torch draws [1, C, h, w]: so a picture is the same
 * whatever else is in its batch.
 */
export function drawNoise(
  generators: readonly TorchGenerator[],
  { height, width, channels }: LatentSize,
): tf.Tensor4D {
  return tf.tidy(() => {
    const items = generators.map(generator => {
      const values = generator.randn(channels * height * width);
      return tf.tensor3d(values, [channels, height, width]);
    });
    return tf.transpose(tf.stack(items), [0, 2, 3, 1]) as tf.Tensor4D;
  });
}

/** Unit noise [B, h, w, C] drawn from one generator as torch draws [B, C, h, w]. */
export function drawBatchNoise(
  generator: TorchGenerator,
  batch: number,
  { height, width, channels }: LatentSize,
): tf.Tensor4D {
  return tf.tidy(() => {
    const values = generator.randn(batch * channels * height * width);
    return tf.transpose(tf.tensor4d(values, [batch, channels, height, width]), [0, 2, 3, 1]) as tf.Tensor4D;
  });
}

/**
 * Pixels decoded at a time: one picture of 512 x 512, or many small ones. The decoder needs far more memory than a step of
 * the UNet.
 */
const PIXELS_AT_ONCE = 2 ** 18;

/**
 * Pictures of latents [B, h, w, C] as the UNet leaves them, decoded in batches of as many as memory allows. Values that
 * are not finite fail with E_NOT_FINITE.
 */
export async function decodeLatents(vae: AutoencoderKL, latents: tf.Tensor4D): Promise<RgbImage[]> {
  const [count, ...latentShape] = latents.shape;
  const factor = 2 ** (vae.config.blockOutChannels.length - 1);
  const [height, width] = [latentShape[0] * factor, latentShape[1] * factor];
  const atOnce = Math.max(1, Math.floor(PIXELS_AT_ONCE / (height * width)));
  const pictures: RgbImage[] = [];
  for (let from = 0; from < count; from += atOnce) {
    const decoded = tf.tidy(() => {
      const some = tf.slice(latents, [from, 0, 0, 0], [Math.min(atOnce, count - from), ...latentShape]);
      return vae.inferPicture(tf.div(some, vae.config.scalingFactor));
    });
    const values = await decoded.data<'float32'>().finally(() => decoded.dispose());
    const size = height * width * (decoded.shape[3] ?? 0);
    for (let at = 0; at < values.length; at += size) {
      const picture = values.subarray(at, at + size);
      refuseNotFinite(picture, pictures.length, count);
      pictures.push(fromTensorValues(picture, width, height));
    }
  }
  return pictures;
}

function refuseNotFinite(values: Float32Array, index: number, count: number): void {
  if (values.every(Number.isFinite)) return;
  throw new SweetspotError('E_NOT_FINITE', 'the picture has values that are not finite', {
    place: `picture ${index + 1} of ${count}`,
    hint: 'The weights are damaged or training diverged; with guidance far above 10, lower it.',
  });
}
