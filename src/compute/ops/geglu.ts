import * as tf from '@tensorflow/tfjs-core';
import { geluSlope, normalCdf } from './activations.ts';
import { defineKernel } from './defineKernel.ts';
import { expectThat, lastOf, matrixShape } from './shapes.ts';

/** The two halves of the last axis as matrices: value and gate. */
function halves(x: tf.Tensor): [tf.Tensor2D, tf.Tensor2D] {
  const [rows, columns] = matrixShape(x.shape);
  const matrix = tf.reshape(x, [rows, columns]) as tf.Tensor2D;
  const half = columns / 2;
  return [tf.slice2d(matrix, [0, 0], [rows, half]), tf.slice2d(matrix, [0, half], [rows, half])];
}

const backward = defineKernel<'x' | 'dy', Record<string, never>>('SweetspotGegluGrad', ({ x, dy }) => {
  const [value, gate] = halves(x);
  const dyRows = tf.reshape(dy, value.shape);
  const cdf = normalCdf(gate);
  const dValue = tf.mul(dyRows, tf.mul(gate, cdf)) as tf.Tensor2D;
  const dGate = tf.mul(tf.mul(dyRows, value), geluSlope(gate, cdf)) as tf.Tensor2D;
  return [tf.reshape(tf.concat2d([dValue, dGate], 1), x.shape)];
});

const forward = defineKernel<'x', Record<string, never>>(
  'SweetspotGeglu',
  ({ x }) => {
    const [value, gate] = halves(x);
    const y = tf.mul(value, tf.mul(gate, normalCdf(gate)));
    return [tf.reshape(y, [...x.shape.slice(0, -1), lastOf(x.shape) / 2])];
  },
  { saveInputs: ['x'], gradient: (dy, [x]) => ({ x: () => backward({ x, dy }, {})[0] as tf.Tensor }) },
);

/** GEGLU (Shazeer 2020): x `[..., 2c]` to `[..., c]` = first half * gelu(second half), the exact GELU. */
export function geglu(x: tf.Tensor): tf.Tensor {
  expectThat(lastOf(x.shape) % 2 === 0, 'geglu input', 'an even number of channels', lastOf(x.shape));
  return forward({ x }, {})[0] as tf.Tensor;
}
