import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from './nativeBackend.ts';

interface GatherCall {
  inputs: Record<'x' | 'indices', tf.TensorInfo>;
  backend: NativeBackend;
  attrs: { axis: number; batchDims?: number };
}

/**
 * Rows by index, as TensorFlow does it. tfjs-node's own kernel reads the indices first, to look whether they are in range:
 * in a recording they have no values, and on a GPU it waits for all that was computed before.
 */
export function gatherV2({ inputs: { x, indices }, backend, attrs }: GatherCall): tf.TensorInfo {
  const { TF_ATTR_TYPE, TF_ATTR_INT, TF_FLOAT, TF_INT32, TF_BOOL } = backend.binding;
  const typeNumber = ({ dtype }: tf.TensorInfo) =>
    dtype === 'float32' ? TF_FLOAT : dtype === 'bool' ? TF_BOOL : TF_INT32;
  const axis = tf.scalar(attrs.axis, 'int32');
  const rows = backend.executeSingleOutput(
    'GatherV2',
    [
      { name: 'Tparams', type: TF_ATTR_TYPE, value: typeNumber(x) },
      { name: 'Tindices', type: TF_ATTR_TYPE, value: TF_INT32 },
      { name: 'Taxis', type: TF_ATTR_TYPE, value: TF_INT32 },
      { name: 'batch_dims', type: TF_ATTR_INT, value: attrs.batchDims ?? 0 },
    ],
    [x, indices, axis],
  );
  axis.dispose();
  return rows;
}
