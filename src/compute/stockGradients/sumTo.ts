import * as tf from '@tensorflow/tfjs-core';

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/**
 * Undoes broadcasting: adds dy up over the axes along which a tensor of `shape` was repeated. Where those axes are
 * neighbours it is a product with ones, which the backends do far faster than a sum over leading axes.
 */
export function sumTo(dy: tf.Tensor, shape: number[]): tf.Tensor {
  if (tf.util.arraysEqual(dy.shape, shape)) return tf.clone(dy);
  const padded = [...Array<number>(dy.shape.length - shape.length).fill(1), ...shape];
  const axes = padded.flatMap((n, axis) => (n === 1 && dy.shape[axis] !== 1 ? [axis] : []));
  const first = axes[0];
  const last = axes[axes.length - 1];
  if (first === undefined || last === undefined) return tf.reshape(dy, shape);
  const inner = sizeOf(dy.shape.slice(last + 1));
  const neighbours = padded.slice(first, last + 1).every(n => n === 1);
  if (!neighbours || inner === 1) return tf.reshape(tf.sum(dy, axes), shape);
  const outer = sizeOf(dy.shape.slice(0, first));
  const count = sizeOf(dy.shape.slice(first, last + 1));
  const blocks = tf.reshape(dy, [outer, count, inner]) as tf.Tensor3D;
  return tf.reshape(tf.matMul(tf.ones([outer, 1, count]), blocks), shape);
}
