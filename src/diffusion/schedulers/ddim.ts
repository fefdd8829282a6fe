import * as tf from '@tensorflow/tfjs-core';
import { clipPrediction } from './clipPrediction.ts';
import { diffuse, predictClean, predictNoise } from './diffusionStep.ts';
import { cumulativeAlphas } from './noiseSchedule.ts';
import { nothingToDispose, type Scheduler } from './scheduler.ts';
import type { ResolvedSchedulerOptions } from './schedulerOptions.ts';
import { integerTimesteps } from './timesteps.ts';

const { fround } = Math;

/**
 * The deterministic sampler of Song et al. (2021, "DDIM"), equation 12 with eta 0, as diffusers' `DDIMScheduler`: every
 * step goes down by num_train_timesteps / count whatever the spacing, and the noise is not derived again from a clipped
 * prediction.
 */
export function createDdim(options: ResolvedSchedulerOptions, count: number): Scheduler {
  const alphas = cumulativeAlphas(options);
  const timesteps = integerTimesteps(options, count);
  const stride = Math.floor(options.numTrainTimesteps / count);
  const final = options.setAlphaToOne ? 1 : (alphas[0] ?? 1);
  const alphaAt = (timestep: number): number => alphas[timestep] ?? final;

  return {
    name: 'ddim',
    timesteps,
    initNoiseSigma: 1,
    needsNoise: () => false,
    scaleModelInput: sample => tf.clone(sample),
    addNoise: (clean, noise, i) => diffuse(clean, noise, alphaAt(timesteps[i] ?? 0)),
    dispose: nothingToDispose,
    step: <T extends tf.Tensor>(output: T, i: number, sample: T): T =>
      tf.tidy(() => {
        const timestep = timesteps[i] ?? 0;
        const alpha = alphaAt(timestep);
        const before = alphaAt(timestep - stride);
        const clean = clipPrediction(predictClean(options.predictionType, output, sample, alpha), options);
        const noise = predictNoise(options.predictionType, output, sample, alpha);
        const direction = tf.mul(noise, fround(Math.sqrt(fround(1 - before))));
        return tf.add<T>(tf.mul(clean, fround(Math.sqrt(before))), direction);
      }),
  };
}
