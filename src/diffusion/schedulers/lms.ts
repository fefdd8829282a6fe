import * as tf from '@tensorflow/tfjs-core';
import type { Scheduler } from './scheduler.ts';
import type { ResolvedSchedulerOptions } from './schedulerOptions.ts';
import { sigmaDerivative, sigmaSchedule, vpScale } from './sigmaSchedule.ts';
import { combine, TensorHistory } from './tensorHistory.ts';

const ORDER = 4;

/**
 * Adams-Bashforth on the uneven grid of noise levels (Crowson's `sample_lms`), as diffusers' `LMSDiscreteScheduler`: the
 * last four derivatives, weighted by the integrals of their Lagrange polynomials over the step.
 */
export function createLms(options: ResolvedSchedulerOptions, count: number): Scheduler {
  const { timesteps, sigmas, initNoiseSigma } = sigmaSchedule({ ...options, finalSigmasType: 'zero' }, count);
  const sigmaAt = (i: number): number => sigmas[i] ?? 0;
  const derivatives = new TensorHistory(ORDER);

  return {
    name: 'lms',
    timesteps,
    initNoiseSigma,
    needsNoise: () => false,
    scaleModelInput: (sample, i) => tf.div(sample, vpScale(sigmaAt(i))),
    addNoise: <T extends tf.Tensor>(clean: T, noise: T, i: number): T =>
      tf.tidy(() => tf.add<T>(clean, tf.mul(noise, sigmaAt(i)))),
    dispose: () => derivatives.dispose(),
    step: <T extends tf.Tensor>(output: T, i: number, sample: T): T =>
      tf.tidy(() => {
        derivatives.push(sigmaDerivative(options.predictionType, output, sample, sigmaAt(i)));
        // The order goes by the place in the schedule: where a run starts in the middle, weights without a derivative
        // are left out, as in diffusers.
        const weights = lmsWeights(sigmas, i, Math.min(i + 1, ORDER));
        return tf.add<T>(sample, combine<T>(weights, derivatives.list()));
      }),
  };
}

/**
 * For each of the `order` newest noise levels, newest first, the integral from sigmas[i] to sigmas[i + 1] of the Lagrange
 * polynomial that is 1 there and 0 at the others. Gauss-Legendre with two points is exact for the cubics of order 4.
 */
export function lmsWeights(sigmas: ArrayLike<number>, i: number, order: number): number[] {
  const from = sigmas[i] ?? 0;
  const to = sigmas[i + 1] ?? 0;
  const nodes = Array.from({ length: order }, (_, k) => sigmas[i - k] ?? 0);
  const middle = (from + to) / 2;
  const half = (to - from) / 2;
  return nodes.map((node, j) => {
    const polynomial = (x: number): number =>
      nodes.reduce((product, other, k) => (k === j ? product : (product * (x - other)) / (node - other)), 1);
    const offset = half / Math.sqrt(3);
    return half * (polynomial(middle - offset) + polynomial(middle + offset));
  });
}
