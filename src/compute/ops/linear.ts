import * as tf from '@tensorflow/tfjs-core';
import { columnSums } from './columnSums.ts';
import { defineKernel } from './defineKernel.ts';
import { expectShape, expectThat, lastOf, matrixShape, sizeOf } from './shapes.ts';

type LinearInputs = 'x' | 'weight' | 'bias';

const asMatrix = (x: tf.Tensor): tf.Tensor2D => tf.reshape(x, matrixShape(x.shape)) as tf.Tensor2D;

const run = defineKernel<LinearInputs, { hasBias: boolean }>(
  'SweetspotLinear',
  ({ x, weight, bias }, { hasBias }) => {
    const y = tf.matMul(asMatrix(x), weight as tf.Tensor2D);
    return [tf.reshape(hasBias ? tf.add(y, bias) : y, [...x.shape.slice(0, -1), lastOf(weight.shape)])];
  },
  {
    saveInputs: ['x', 'weight'],
    gradient: (dy, saved) => {
      const [x, weight] = saved as [tf.Tensor, tf.Tensor2D];
      return {
        x: () => tf.reshape(tf.matMul(asMatrix(dy), weight, false, true), x.shape),
        weight: () => tf.matMul(asMatrix(x), asMatrix(dy), true, false),
        bias: () => columnSums(dy),
      };
    },
  },
);

/**
 * x · weight + bias over the last axis: x `[..., in]`, weight `[in, out]` (torch's transposed), bias `[out]` or null;
 * gives `[..., out]`. One matrix product, whatever the leading axes.
 */
export function linear(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor | null): tf.Tensor {
  expectThat(weight.shape.length === 2, 'linear weight', 'a matrix', `[${weight.shape}]`);
  expectThat(
    lastOf(x.shape) === weight.shape[0],
    'linear input',
    `${weight.shape[0]} features`,
    `[${x.shape}]`,
  );
  expectThat(sizeOf(x.shape) > 0, 'linear input', 'at least one row', `[${x.shape}]`);
  if (!bias) return run({ x, weight }, { hasBias: false })[0] as tf.Tensor;
  expectShape(bias, [lastOf(weight.shape)], 'linear bias');
  return run({ x, weight, bias }, { hasBias: true })[0] as tf.Tensor;
}
