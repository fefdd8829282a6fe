import type * as tf from '@tensorflow/tfjs-core';
import type { NamedWeight } from '../compute/graph/graphWeight.ts';
import type { AdamWOptions } from '../compute/optimizer/adamw.ts';
import type { TrainOptions } from '../stages/job.ts';

/** What a computation of training steps works on; `I` is what one batch brings. */
export interface StepSetup<I> {
  /** A batch as tensors, by name; owned by the caller. */
  feeds(input: I): tf.NamedTensorMap;
  /** The loss of {@link feeds}: a function of these and of the weights, and of nothing else. */
  loss(feeds: tf.NamedTensorMap): tf.Scalar;
  /** Trained weights, each group at a rate of its own. */
  groups: readonly (readonly NamedWeight[])[];
  /** Weights that the loss uses and nobody trains. */
  frozen: readonly NamedWeight[];
  options: Pick<
    TrainOptions,
    | 'adamBeta1'
    | 'adamBeta2'
    | 'adamEpsilon'
    | 'adamWeightDecay'
    | 'maxGradNorm'
    | 'gradientAccumulationSteps'
  > &
    Partial<Pick<TrainOptions, 'use8bitAdam' | 'mixedPrecision'>>;
  /** How many moving averages of the weights will be kept. */
  averages?: number;
  /** Computes segments of the networks again in the backward pass in place of keeping what lies inside. */
  gradientCheckpointing: boolean;
  /** The kind of training and what its networks are built from: all that decides what the loss computes; any JSON value. */
  identity: unknown;
}

export const optimizerOptions = ({ options }: Pick<StepSetup<never>, 'options'>): AdamWOptions => ({
  beta1: options.adamBeta1,
  beta2: options.adamBeta2,
  eps: options.adamEpsilon,
  weightDecay: options.adamWeightDecay,
  eightBits: options.use8bitAdam ?? false,
});
