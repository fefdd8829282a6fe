import * as tf from '@tensorflow/tfjs-core';

type Delay = (tensor: tf.Tensor, until: readonly tf.Tensor[]) => tf.Tensor;

/** A recording that is under way. */
export interface Tracing {
  delay: Delay;
  /** Parts of a batch that the graph is to compute side by side. */
  branches: number;
}

let tracing: Tracing | null = null;

/** Whether operations are only written down at the moment: tensors then have shapes and no values. */
export const isTracing = (): boolean => tracing !== null;

/**
 * The same tensor, but in a graph that is being recorded one that is there only when the others are. What is computed from
 * it comes after them, and is not taken for what was computed from the tensor itself.
 */
export const delayed = (tensor: tf.Tensor, until: readonly tf.Tensor[]): tf.Tensor =>
  tracing?.delay(tensor, until) ?? tensor;

/**
 * `f` of tensors with one row an item each, [B, ...] -> [B, ...], where no row's result depends on other rows. A graph that is
 * being recorded computes the parts of the batch as branches of their own, which TensorFlow runs side by side.
 */
export function inBranches<T extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  f: (...inputs: tf.Tensor[]) => T,
): T {
  const rows = inputs[0]?.shape[0] ?? 0;
  const count = Math.min(tracing?.branches ?? 1, rows);
  if (count < 2) return f(...inputs);
  const sizes = Array.from({ length: count }, (_, i) => Math.floor((rows + i) / count));
  const parts = inputs.map(input => tf.split(input, sizes));
  return tf.concat(sizes.map((_, i) => f(...parts.map(part => part[i] as tf.Tensor))));
}

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

/** Runs `run` as such a recording. */
export function whileTracing<T>(how: Tracing, run: () => T): T {
  const before = tracing;
  tracing = how;
  try {
    return run();
  } finally {
    tracing = before;
  }
}
