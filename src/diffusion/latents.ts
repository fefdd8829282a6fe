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
 * Pictures of latents [B, h, w, C] as the UNet leaves them. They are decoded one by one, because the decoder needs far
 * more memory than a step of the UNet. Values that are not finite fail with E_NOT_FINITE.
 */
export async function decodeLatents(vae: AutoencoderKL, latents: tf.Tensor4D): Promise<RgbImage[]> {
  const pictures: RgbImage[] = [];
  for (let i = 0; i < latents.shape[0]; i++) {
    const decoded = tf.tidy(() => {
      const [, height, width, channels] = latents.shape;
      const one = tf.slice(latents, [i, 0, 0, 0], [1, height, width, channels]);
      return vae.decode(tf.div(one, vae.config.scalingFactor));
    });
    const [, height, width] = decoded.shape;
    const values = await decoded.data<'float32'>().finally(() => decoded.dispose());
    if (!values.every(Number.isFinite)) {
      throw new SweetspotError('E_NOT_FINITE', 'the picture has values that are not finite', {
        place: `picture ${i + 1} of ${latents.shape[0]}`,
        hint: 'The weights are damaged or training diverged; with guidance far above 10, lower it.',
      });
    }
    pictures.push(fromTensorValues(values, width, height));
  }
  return pictures;
}
