import * as tf from '@tensorflow/tfjs-core';
import { nothingToDispose, type Scheduler } from './scheduler.ts';
import type { ResolvedSchedulerOptions } from './schedulerOptions.ts';
import { sigmaDerivative, sigmaSchedule, vpScale } from './sigmaSchedule.ts';

/** Euler's method along the noise level (Karras et al. 2022, algorithm 2 without churn), as `EulerDiscreteScheduler`. */
export function createEuler(options: ResolvedSchedulerOptions, count: number): Scheduler {
  const { timesteps, sigmas, initNoiseSigma } = sigmaSchedule(options, count);
  const sigmaAt = (i: number): number => sigmas[i] ?? 0;

  return {
    name: 'euler',
    timesteps,
    initNoiseSigma,
    needsNoise: () => false,
    scaleModelInput: (sample, i) => tf.div(sample, vpScale(sigmaAt(i))),
    addNoise: <T extends tf.Tensor>(clean: T, noise: T, i: number): T =>
      tf.tidy(() => tf.add<T>(clean, tf.mul(noise, sigmaAt(i)))),
    dispose: nothingToDispose,
    step: <T extends tf.Tensor>(output: T, i: number, sample: T): T =>
      tf.tidy(() => {
        const derivative = sigmaDerivative(options.predictionType, output, sample, sigmaAt(i));
        return tf.add<T>(sample, tf.mul(derivative, Math.fround(sigmaAt(i + 1) - sigmaAt(i))));
      }),
  };
}
