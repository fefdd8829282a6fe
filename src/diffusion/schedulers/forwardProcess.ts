import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../../core/errors.ts';

const { fround } = Math;

/**
 * sqrt(A_t) x + sqrt(1 - A_t) n for training, every item of the batch at its own timestep (Ho et al. 2020, equation 4).
 *
 * @param alphas cumulative alphas, float32 [num_train_timesteps] (see `alphasCumprod`)
 * @param clean [B, ...]
 * @param noise as `clean`
 * @param timesteps B whole numbers
 */
export function addNoise<T extends tf.Tensor>(
  alphas: Float32Array,
  clean: T,
  noise: T,
  timesteps: ArrayLike<number>,
): T {
  return tf.tidy(() => {
    const { signal, level } = factors(alphas, timesteps, clean.rank);
    return tf.add<T>(tf.mul(signal, clean), tf.mul(level, noise));
  });
}

/** sqrt(A_t) n - sqrt(1 - A_t) x: what a v-predicting model is trained to say (Salimans and Ho 2022). Shapes as above. */
export function getVelocity<T extends tf.Tensor>(
  alphas: Float32Array,
  clean: T,
  noise: T,
  timesteps: ArrayLike<number>,
): T {
  return tf.tidy(() => {
    const { signal, level } = factors(alphas, timesteps, clean.rank);
    return tf.sub<T>(tf.mul(signal, noise), tf.mul(level, clean));
  });
}

/** Both factors as [B, 1, ...]. */
function factors(alphas: Float32Array, timesteps: ArrayLike<number>, rank: number) {
  const chosen = Float32Array.from(timesteps, timestep => {
    const alpha = alphas[timestep];
    if (alpha !== undefined) return alpha;
    throw new SweetspotError('E_INTERNAL', 'a timestep outside the schedule', {
      allowed: `0 to ${alphas.length - 1}`,
      got: `${timestep}`,
    });
  });
  const shape = [chosen.length, ...new Array<number>(rank - 1).fill(1)];
  return {
    signal: tf.tensor(chosen.map(Math.sqrt), shape),
    level: tf.tensor(
      chosen.map(alpha => Math.sqrt(fround(1 - alpha))),
      shape,
    ),
  };
}
