import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from './defineKernel.ts';
import { matrixShape } from './shapes.ts';

const run = defineKernel<'x', Record<string, never>>('SweetspotColumnSums', ({ x }) => {
  const [rows, columns] = matrixShape(x.shape);
  const matrix = tf.reshape(x, [rows, columns]) as tf.Tensor2D;
  return [tf.reshape(tf.matMul(tf.ones([1, rows]), matrix), [columns])];
});

/**
 * Sums over all axes but the last: `[..., C]` to `[C]`; no gradient. Composed as a product with ones, because a stock
 * Sum over leading axes transposes first, and because the product shares the packed copy of `x` with the weight
 * gradient's.
 */
export function columnSums(x: tf.Tensor): tf.Tensor1D {
  return run({ x }, {})[0] as tf.Tensor1D;
}
