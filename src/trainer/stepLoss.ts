import * as tf from '@tensorflow/tfjs-core';
import type { UNet2DConditionModel } from '../diffusion/models/index.ts';
import { weightedMse } from './loss.ts';
import type { NoisyBatch } from './stepNoise.ts';

/** All that one batch feeds to the UNet's training. */
export interface StepInput extends NoisyBatch {
  /** For each item the index of its prompt. */
  prompts: readonly number[];
  /** For each item the weight of its mean squared error in the loss. */
  weights: Float32Array;
}

/** How the items of a batch come by what the UNet is told about them; see PromptEmbeddings. */
export interface Conditioning {
  /** What {@link embed} takes for items with these prompts; owned by the caller. */
  feeds(promptOfItem: readonly number[]): tf.NamedTensorMap;
  /** [items, T, C], from nothing but the feeds and weights. */
  embed(feeds: tf.NamedTensorMap): tf.Tensor3D;
}

/** A batch as tensors, by name; owned by the caller. */
export function stepFeeds(
  { shape, noisy, target, timesteps, prompts, weights }: StepInput,
  conditioning: Conditioning,
): tf.NamedTensorMap {
  return {
    noisy: tf.tensor4d(noisy, shape),
    target: tf.tensor4d(target, shape),
    timesteps: tf.tensor1d(Float32Array.from(timesteps)),
    weights: tf.tensor1d(weights),
    ...conditioning.feeds(prompts),
  };
}

/** The loss of {@link stepFeeds}: a function of these and of the networks' weights, and of nothing else. */
export function stepLoss(
  { noisy, target, timesteps, weights, ...conditions }: tf.NamedTensorMap,
  { unet, prompts }: { unet: UNet2DConditionModel; prompts: Conditioning },
): tf.Scalar {
  const states = prompts.embed(conditions);
  const prediction = unet.forward(noisy as tf.Tensor4D, timesteps as tf.Tensor1D, states);
  return weightedMse(prediction, target as tf.Tensor4D, weights as tf.Tensor1D);
}
