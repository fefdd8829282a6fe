import * as tf from '@tensorflow/tfjs-core';
import type { AutoencoderKL } from '../../diffusion/models/index.ts';
import { pixelsOf } from './composedBatch.ts';
import type { Scene } from './scene.ts';

const AT_ONCE = 16;

/**
 * Mean over pictures of the peak signal-to-noise ratio, in dB, between each and what the VAE makes of it (through the mean
 * of its latents, clipped to what a picture can hold): 10 log10(peak^2 / mean squared error).
 */
export function reconstructionPsnr(vae: AutoencoderKL, scenes: readonly Scene[]): number {
  const ratios = inParts(scenes, pictures => {
    const { mean, logvar } = vae.inferMoments(pictures);
    const again = vae.inferPicture(mean);
    const errors = tf.tidy(() =>
      tf.mean(tf.squaredDifference(tf.clipByValue(again, -1, 1), pictures), [1, 2, 3]),
    );
    const ratio = Array.from(errors.dataSync(), error => 10 * Math.log10(4 / error));
    tf.dispose([mean, logvar, again, errors]);
    return ratio;
  });
  return ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
}

/** Standard deviation of all latents of these pictures. */
export function latentSpread(vae: AutoencoderKL, scenes: readonly Scene[]): number {
  const values = inParts(scenes, pictures => {
    const { mean, logvar } = vae.inferMoments(pictures);
    const latents = Array.from(mean.dataSync());
    tf.dispose([mean, logvar]);
    return latents;
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function inParts(scenes: readonly Scene[], of: (pictures: tf.Tensor4D) => number[]): number[] {
  const results: number[] = [];
  for (let i = 0; i < scenes.length; i += AT_ONCE) {
    const pictures = pixelsOf(scenes.slice(i, i + AT_ONCE));
    for (const value of of(pictures)) results.push(value);
    pictures.dispose();
  }
  return results;
}
