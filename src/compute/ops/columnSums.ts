import * as tf from '@tensorflow/tfjs-core';
import { matrixShape } from './shapes.ts';

/**
 * Sums over all axes but the last: `[..., C]` to `[C]`. A product with ones, because a stock Sum over leading axes
 * transposes first, and because the product shares the packed copy of `x` with the weight gradient's.
 */
export function columnSums(x: tf.Tensor): tf.Tensor1D {
  const [rows, columns] = matrixShape(x.shape);
  const matrix = tf.reshape(x, [rows, columns]) as tf.Tensor2D;
  return tf.reshape(tf.matMul(tf.ones([1, rows]), matrix), [columns]) as tf.Tensor1D;
}
