import * as tf from '@tensorflow/tfjs-core';
import { embedding } from '../../../compute/ops/index.ts';

/**
 * The state of one token of each row: hidden [B, T, C], positions B numbers below T -> [B, C].
 * It is a look-up in a table of B * T rows, whose gradient our ops have.
 */
export function tokenStates(hidden: tf.Tensor3D, positions: Int32Array): tf.Tensor2D {
  const [batch, length, channels] = hidden.shape;
  return tf.tidy(() => {
    const table = tf.reshape(hidden, [batch * length, channels]);
    const rows = positions.map((position, row) => row * length + position);
    return tf.reshape(embedding(table, tf.tensor2d(rows, [batch, 1], 'int32')), [batch, channels]);
  });
}
