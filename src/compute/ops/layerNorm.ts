import * as tf from '@tensorflow/tfjs-core';
import { columnSums } from './columnSums.ts';
import { defineKernel, firstOutput } from './defineKernel.ts';
import { expectShape, lastOf, matrixShape } from './shapes.ts';

interface LayerNormAttributes extends Record<string, unknown> {
  eps: number;
}

const forward = defineKernel<'x' | 'gamma' | 'beta', LayerNormAttributes>(
  'SweetspotLayerNorm',
  ({ x, gamma, beta }, { eps }) => {
    const rows = tf.reshape(x, matrixShape(x.shape));
    const mean = tf.mean(rows, 1, true);
    const centred = tf.sub(rows, mean);
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), eps));
    const y = tf.add(tf.mul(tf.mul(centred, scale), gamma), beta);
    return [tf.reshape(y, x.shape), mean, scale];
  },
  {
    saveInputs: ['x', 'gamma'],
    saveOutputs: [false, true, true],
    gradient: (dy, saved) => {
      const [x, gamma, mean, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const [dx, dGamma, dBeta] = backward({ x, gamma, mean, scale, dy }, {});
      return { x: () => dx as tf.Tensor, gamma: () => dGamma as tf.Tensor, beta: () => dBeta as tf.Tensor };
    },
  },
);

const backward = defineKernel<'x' | 'gamma' | 'mean' | 'scale' | 'dy', Record<string, never>>(
  'SweetspotLayerNormGrad',
  ({ x, gamma, mean, scale, dy }) => {
    const shape = matrixShape(x.shape);
    const normal = tf.mul(tf.sub(tf.reshape(x, shape), mean), scale);
    const dyRows = tf.reshape(dy, shape);
    const dyNormal = tf.mul(dyRows, normal);
    // With u = gamma * dy: dx = scale * (u - mean(u) - normal * mean(u * normal)), means over a row.
    const meanU = tf.mean(tf.mul(dyRows, gamma), 1, true);
    const meanUNormal = tf.mean(tf.mul(dyNormal, gamma), 1, true);
    const inner = tf.add(tf.mul(normal, meanUNormal), meanU);
    const dx = tf.mul(tf.sub(tf.mul(dyRows, gamma), inner), scale);
    return [tf.reshape(dx, x.shape), columnSums(dyNormal), columnSums(dyRows)];
  },
);

/** Layer normalisation (Ba et al. 2016) over the last axis of x `[..., C]`, then gamma `[C]` and beta `[C]`. */
export function layerNorm<T extends tf.Tensor>(
  x: T,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  { eps }: { eps: number },
): T {
  expectShape(gamma, [lastOf(x.shape)], 'layerNorm gamma');
  expectShape(beta, [lastOf(x.shape)], 'layerNorm beta');
  return firstOutput(forward({ x, gamma, beta }, { eps })) as T;
}
