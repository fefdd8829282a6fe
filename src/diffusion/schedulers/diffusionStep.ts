import * as tf from '@tensorflow/tfjs-core';
import type { PredictionType } from '../config/schedulerConfig.ts';

const { fround } = Math;

/**
 * The clean sample that a model's output stands for at cumulative alpha `alpha`: for epsilon Ho et al. (2020), equation
 * 15; for v Salimans and Ho (2022), appendix D.
 */
export function predictClean<T extends tf.Tensor>(
  type: PredictionType,
  output: T,
  sample: T,
  alpha: number,
): T {
  const [signal, noise] = rootsOf(alpha);
  switch (type) {
    case 'epsilon':
      return tf.div(tf.sub(sample, tf.mul(output, noise)), signal);
    case 'v_prediction':
      return tf.sub(tf.mul(sample, signal), tf.mul(output, noise));
    case 'sample':
      return output;
  }
}

/** The noise that a model's output stands for. */
export function predictNoise<T extends tf.Tensor>(
  type: PredictionType,
  output: T,
  sample: T,
  alpha: number,
): T {
  const [signal, noise] = rootsOf(alpha);
  switch (type) {
    case 'epsilon':
      return output;
    case 'v_prediction':
      return tf.add(tf.mul(output, signal), tf.mul(sample, noise));
    case 'sample':
      return tf.div(tf.sub(sample, tf.mul(output, signal)), noise);
  }
}

/** sqrt(A) x + sqrt(1 - A) n, the forward process (Ho et al. 2020, equation 4). */
export function diffuse<T extends tf.Tensor>(clean: T, noise: T, alpha: number): T {
  return tf.tidy(() => {
    const [signal, level] = rootsOf(alpha);
    return tf.add<T>(tf.mul(clean, signal), tf.mul(noise, level));
  });
}

/** sqrt(A) and sqrt(1 - A) in float32, where torch rounds. */
const rootsOf = (alpha: number): [number, number] => [
  fround(Math.sqrt(alpha)),
  fround(Math.sqrt(fround(1 - alpha))),
];
