import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../../core/errors.ts';
import { clipPrediction } from './clipPrediction.ts';
import { diffuse, predictClean } from './diffusionStep.ts';
import { cumulativeAlphas } from './noiseSchedule.ts';
import { nothingToDispose, type Scheduler } from './scheduler.ts';
import type { ResolvedSchedulerOptions } from './schedulerOptions.ts';
import { integerTimesteps } from './timesteps.ts';

const { fround } = Math;

/**
 * Ancestral sampling of Ho et al. (2020), equations 6 and 7, as diffusers' `DDPMScheduler`. The coefficients are float32
 * from the cumulative alphas on: near t = 0 a difference like 1 - A_t / A_t' differs in the third digit in double.
 */
export function createDdpm(options: ResolvedSchedulerOptions, count: number): Scheduler {
  const alphas = cumulativeAlphas(options);
  const timesteps = integerTimesteps(options, count);
  const deviationOf = deviation(options.varianceType);
  const alphaAt = (i: number): number => alphas[timesteps[i] ?? -1] ?? 1;
  const needsNoise = (i: number): boolean => (timesteps[i] ?? 0) > 0;

  return {
    name: 'ddpm',
    timesteps,
    initNoiseSigma: 1,
    needsNoise,
    scaleModelInput: sample => tf.clone(sample),
    addNoise: (clean, noise, i) => diffuse(clean, noise, alphaAt(i)),
    dispose: nothingToDispose,
    step: <T extends tf.Tensor>(output: T, i: number, sample: T, noise?: T): T =>
      tf.tidy(() => {
        const alpha = alphaAt(i);
        const before = alphaAt(i + 1);
        const beta = fround(1 - alpha);
        const betaBefore = fround(1 - before);
        const stepAlpha = fround(alpha / before);
        const stepBeta = fround(1 - stepAlpha);
        const clean = clipPrediction(predictClean(options.predictionType, output, sample, alpha), options);
        const ofClean = fround(fround(fround(Math.sqrt(before)) * stepBeta) / beta);
        const ofSample = fround(fround(fround(Math.sqrt(stepAlpha)) * betaBefore) / beta);
        const mean = tf.add<T>(tf.mul(clean, ofClean), tf.mul(sample, ofSample));
        if (!needsNoise(i)) return mean;
        if (!noise) throw new SweetspotError('E_INTERNAL', 'a ddpm step needs noise', { place: `step ${i}` });
        const variance = Math.max(fround(fround(betaBefore / beta) * stepBeta), fround(1e-20));
        return tf.add<T>(mean, tf.mul(noise, deviationOf(variance, stepBeta)));
      }),
  };
}

/** How the standard deviation of a step's noise comes from its variance and its beta. */
function deviation(varianceType: string | null): (variance: number, stepBeta: number) => number {
  switch (varianceType) {
    case 'fixed_small':
      return variance => fround(Math.sqrt(variance));
    case 'fixed_small_log':
      return variance => fround(Math.exp(fround(0.5 * fround(Math.log(variance)))));
    case 'fixed_large':
      return (_, stepBeta) => fround(Math.sqrt(stepBeta));
    default:
      throw new SweetspotError('E_SCHEDULER', 'ddpm cannot sample with this variance', {
        place: 'variance_type',
        allowed: 'fixed_small, fixed_small_log or fixed_large',
        got: `${varianceType}`,
      });
  }
}
