import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../../core/errors.ts';
import { isTracing } from '../graph/tracing.ts';
import { defineKernel } from './defineKernel.ts';
import { lastOf, sizeOf } from './shapes.ts';

const run = defineKernel<'table' | 'ids', { rows: number }>(
  'SweetspotEmbedding',
  ({ table, ids }) => {
    const width = lastOf(table.shape);
    const flat = tf.reshape(ids, [sizeOf(ids.shape)]);
    return [tf.reshape(tf.gather(table, flat), [...ids.shape, width])];
  },
  {
    saveInputs: ['ids'],
    gradient: (dy, saved, { rows }) => {
      const [ids] = saved as [tf.Tensor];
      const count = sizeOf(ids.shape);
      const flatIds = () => tf.reshape(ids, [count]) as tf.Tensor1D;
      return {
        table: () => tf.unsortedSegmentSum(tf.reshape(dy, [count, lastOf(dy.shape)]), flatIds(), rows),
      };
    },
  },
);

/** Rows of table `[V, C]` chosen by ids (int32, `[B, T]` or any shape): `[B, T, C]`. Every id must be in 0..V-1. */
export function embedding(table: tf.Tensor, ids: tf.Tensor): tf.Tensor3D {
  const rows = table.shape[0] ?? 0;
  // Backends read beyond the table without a word, so look first; there are few ids. (TensorFlow's graphs look themselves.)
  const wrong = isTracing() ? undefined : ids.dataSync().find(id => id < 0 || id >= rows);
  if (wrong !== undefined) {
    throw new SweetspotError('E_INTERNAL', 'a token id is not in the embedding table', {
      allowed: `0 to ${rows - 1}`,
      got: `${wrong}`,
    });
  }
  return run({ table, ids }, { rows })[0] as tf.Tensor3D;
}
