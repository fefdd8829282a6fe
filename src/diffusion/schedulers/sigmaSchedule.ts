import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../../core/errors.ts';
import type { PredictionType } from '../config/schedulerConfig.ts';
import { cumulativeAlphas, linspace32 } from './noiseSchedule.ts';
import type { ResolvedSchedulerOptions } from './schedulerOptions.ts';
import { exponentialSigmas, interpolate, karrasSigmas, sigmasOf, timestepOfSigma } from './sigmas.ts';
import { fractionalTimesteps } from './timesteps.ts';

const { fround } = Math;

/** The smallest half-precision number stands for an alpha of zero, whose noise level would be infinite. */
const NEARLY_ZERO_ALPHA = 2 ** -24;

/** What lms and euler step along. */
export interface SigmaSchedule {
  timesteps: number[];
  /** Noise levels, float32, one more than there are timesteps: where the last step ends. */
  sigmas: Float32Array;
  initNoiseSigma: number;
}

/** Timesteps and noise levels as diffusers' `LMSDiscreteScheduler` and `EulerDiscreteScheduler` set them. */
export function sigmaSchedule(options: ResolvedSchedulerOptions, count: number): SigmaSchedule {
  refuseUnsupported(options);
  const table = trainingSigmas(options);
  const timesteps = fractionalTimesteps(options, count);
  const levels =
    options.interpolationType === 'log_linear'
      ? logLinear(table, count)
      : timesteps.map(timestep => interpolate(table, timestep));
  const respaced = respace(options, levels[0] ?? 0, levels.at(-1) ?? 0, count);
  const last = options.finalSigmasType === 'sigma_min' ? (table[0] ?? 0) : 0;
  const sigmas = Float32Array.from([...(respaced ?? levels), last]);
  const max = sigmas.reduce((a, b) => Math.max(a, b));
  const continuous = options.timestepType === 'continuous' && options.predictionType === 'v_prediction';
  const visited = continuous
    ? Array.from(sigmas.subarray(0, -1), sigma => fround(0.25 * fround(Math.log(sigma))))
    : respaced?.map(sigma => fround(timestepOfSigma(sigma, table)));
  return {
    timesteps: visited ?? timesteps,
    sigmas,
    initNoiseSigma: options.timestepSpacing === 'leading' ? vpScale(max) : max,
  };
}

/** One level more than there are steps, evenly spaced in the logarithm: the last step ends above the final level. */
function logLinear(table: Float32Array, count: number): number[] {
  const [first, last] = [table[0] ?? 0, table.at(-1) ?? 0];
  return Array.from(linspace32(Math.log(last), Math.log(first), count + 1).map(Math.exp));
}

/** Noise levels at every training timestep, with a finite one where the alpha was rescaled to zero. */
export function trainingSigmas(options: ResolvedSchedulerOptions): Float32Array {
  const alphas = cumulativeAlphas(options);
  if (options.rescaleBetasZeroSnr) alphas[alphas.length - 1] = NEARLY_ZERO_ALPHA;
  return sigmasOf(alphas);
}

/** Other spacings of the noise levels between two ends, or null where the options ask for none. */
export function respace(
  options: ResolvedSchedulerOptions,
  highest: number,
  lowest: number,
  count: number,
): number[] | null {
  const max = options.sigmaMax ?? highest;
  const min = options.sigmaMin ?? lowest;
  if (options.useKarrasSigmas && options.useExponentialSigmas) {
    throw new SweetspotError(
      'E_SCHEDULER',
      'use_karras_sigmas and use_exponential_sigmas exclude each other',
    );
  }
  if (options.useKarrasSigmas) return karrasSigmas(max, min, count);
  if (options.useExponentialSigmas) return exponentialSigmas(max, min, count);
  return null;
}

/** sqrt(sigma^2 + 1) in float32: between noise-level and variance-preserving coordinates. */
export const vpScale = (sigma: number): number => fround(Math.sqrt(fround(fround(sigma * sigma) + 1)));

/** The derivative of the sample by the noise level: Karras et al. (2022), equation 3, from a model's output. */
export function sigmaDerivative<T extends tf.Tensor>(
  type: PredictionType,
  output: T,
  sample: T,
  sigma: number,
): T {
  return tf.tidy(() => tf.div<T>(tf.sub(sample, cleanAt(type, output, sample, sigma)), sigma));
}

function cleanAt<T extends tf.Tensor>(type: PredictionType, output: T, sample: T, sigma: number): T {
  switch (type) {
    case 'epsilon':
      return tf.sub(sample, tf.mul(output, sigma));
    case 'v_prediction': {
      const ofOutput = fround(-sigma / vpScale(sigma));
      return tf.add(tf.mul(output, ofOutput), tf.div(sample, fround(fround(sigma * sigma) + 1)));
    }
    case 'sample':
      return output;
  }
}

/** Options of diffusers that change the numbers and that we do not have. */
export function refuseUnsupported(options: ResolvedSchedulerOptions): void {
  const found = (options.useBetaSigmas && 'use_beta_sigmas') || (options.useFlowSigmas && 'use_flow_sigmas');
  if (!found) return;
  throw new SweetspotError('E_SCHEDULER', `${options.name} does not have this option`, {
    place: found,
    hint: 'Take the key out of scheduler_config.json, or use another scheduler.',
  });
}
