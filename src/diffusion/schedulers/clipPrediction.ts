import * as tf from '@tensorflow/tfjs-core';
import type { ResolvedSchedulerOptions } from './schedulerOptions.ts';

const { fround } = Math;

/** Keeps a predicted clean sample [B, ...] in range, by thresholding or clipping, as far as the options ask for it. */
export function clipPrediction<T extends tf.Tensor>(clean: T, options: ResolvedSchedulerOptions): T {
  if (options.thresholding) return threshold(clean, options.dynamicThresholdingRatio, options.sampleMaxValue);
  if (!options.clipSample) return clean;
  return tf.clipByValue(clean, -options.clipSampleRange, options.clipSampleRange);
}

/**
 * Dynamic thresholding of Saharia et al. (2022, "Imagen"), section 2.3: every item is clipped to its own quantile of
 * absolute values, which is at least 1 and at most `max`, and divided by it.
 */
export function threshold<T extends tf.Tensor>(clean: T, ratio: number, max: number): T {
  return tf.tidy(() => {
    const batch = clean.shape[0] ?? 1;
    const flat = tf.reshape(clean, [batch, -1]);
    const size = flat.shape[1] ?? 1;
    const rank = fround(fround(Math.min(ratio, 1)) * (size - 1));
    const below = Math.floor(rank);
    // Largest first: the value at rank `below` from the bottom is the last of these.
    const { values } = tf.topk(tf.abs(flat), size - below);
    const count = size - below;
    const lower = tf.slice(values, [0, count - 1], [batch, 1]);
    const upper = tf.slice(values, [0, Math.max(0, count - 2)], [batch, 1]);
    const quantile = tf.add(lower, tf.mul(tf.sub(upper, lower), fround(rank - below)));
    const limit = tf.minimum(tf.maximum(quantile, 1), max);
    const clipped = tf.div(tf.maximum(tf.minimum(flat, limit), tf.neg(limit)), limit);
    return tf.reshape(clipped, clean.shape) as T;
  });
}
