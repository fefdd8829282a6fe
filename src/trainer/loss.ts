import * as tf from '@tensorflow/tfjs-core';
import type { NoiseProcess } from './noiseProcess.ts';

export interface LossOptions {
  withPriorPreservation: boolean;
  priorLossWeight: number;
  /** Min-SNR weighting of the instance half; null: none. */
  snrGamma: number | null;
}

/**
 * Weight of each item's mean squared error in the loss. Without prior preservation: 1 / B. With it the first half of
 * the batch are instances (1 / B of B) and the second half class pictures (prior_loss_weight / B). Min-SNR (Hang et al.
 * 2023, section 3.4; for v-prediction with SNR + 1 below) weighs instances by their own timesteps only: the script
 * computes weights for both halves there, which fails for more than one item and mixes them up for one.
 */
export function itemWeights(
  timesteps: Int32Array,
  process: NoiseProcess,
  options: LossOptions,
): Float32Array {
  const { withPriorPreservation, priorLossWeight, snrGamma } = options;
  const instances = withPriorPreservation ? timesteps.length / 2 : timesteps.length;
  return Float32Array.from(timesteps, (timestep, item) => {
    if (item >= instances) return priorLossWeight / instances;
    return (snrGamma === null ? 1 : minSnrWeight(timestep, process, snrGamma)) / instances;
  });
}

function minSnrWeight(
  timestep: number,
  { alphasCumprod, predictionType }: NoiseProcess,
  gamma: number,
): number {
  const alpha = alphasCumprod[timestep] ?? 0;
  const snr = alpha / (1 - alpha);
  return Math.min(snr, gamma) / (predictionType === 'v_prediction' ? snr + 1 : snr);
}

/** Weighted mean squared error; prediction and target [B, H, W, C], weights [B] of {@link itemWeights}. */
export function weightedMse(prediction: tf.Tensor4D, target: tf.Tensor4D, weights: tf.Tensor1D): tf.Scalar {
  const perItem = tf.mean(tf.squaredDifference(prediction, target), [1, 2, 3]);
  return tf.sum(tf.mul(perItem, weights));
}
