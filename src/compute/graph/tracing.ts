import type * as tf from '@tensorflow/tfjs-core';

type Delay = (tensor: tf.Tensor, until: readonly tf.Tensor[]) => tf.Tensor;

let delay: Delay | null = null;

/** Whether operations are only written down at the moment: tensors then have shapes and no values. */
export const isTracing = (): boolean => delay !== null;

/**
 * The same tensor, but in a graph that is being recorded one that is there only when the others are. What is computed from
 * it comes after them, and is not taken for what was computed from the tensor itself.
 */
export const delayed = (tensor: tf.Tensor, until: readonly tf.Tensor[]): tf.Tensor =>
  delay?.(tensor, until) ?? tensor;

let reverse: readonly tf.Tensor[] = [];

/** The incoming gradients of what is being differentiated at the moment; none in the forward pass. */
export const incomingGradients = (): readonly tf.Tensor[] => reverse;

/** Runs a gradient, which these come into. */
export function inReverse<T>(gradients: readonly tf.Tensor[], run: () => T): T {
  const before = reverse;
  reverse = gradients;
  try {
    return run();
  } finally {
    reverse = before;
  }
}

/** Runs `run` as a recording that delays tensors so. */
export function whileTracing<T>(how: Delay, run: () => T): T {
  const before = delay;
  delay = how;
  try {
    return run();
  } finally {
    delay = before;
  }
}
