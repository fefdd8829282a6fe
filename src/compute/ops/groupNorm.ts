import * as tf from '@tensorflow/tfjs-core';
import { defineKernel, firstOutput } from './defineKernel.ts';
import { expectShape, expectThat, lastOf, sizeOf } from './shapes.ts';

interface GroupNormAttributes extends Record<string, unknown> {
  groups: number;
  eps: number;
  silu: boolean;
}

/** `[B, ..., C]` seen as `[B, S, C]`. */
function threeAxes(x: tf.Tensor): tf.Tensor3D {
  const batch = x.shape[0] ?? 1;
  const channels = lastOf(x.shape);
  return tf.reshape(x, [batch, sizeOf(x.shape) / batch / channels, channels]) as tf.Tensor3D;
}

/** Sums of `[B, S, C]` over S, `[B, C]`, as one product with ones per picture. */
function spatialSums(x: tf.Tensor3D): tf.Tensor2D {
  const [batch, positions, channels] = x.shape;
  return tf.reshape(tf.matMul(tf.ones([batch, 1, positions]), x), [batch, channels]) as tf.Tensor2D;
}

/** Adds up `[B, C]` within each group and hands every channel its group's sum: `[B, 1, C]`. */
function overGroups(perChannel: tf.Tensor2D, groups: number): tf.Tensor3D {
  const [batch, channels] = perChannel.shape;
  const sums = tf.sum(tf.reshape(perChannel, [batch, groups, channels / groups]), 2, true);
  return tf.reshape(tf.mul(sums, tf.ones([1, 1, channels / groups])), [batch, 1, channels]) as tf.Tensor3D;
}

const forward = defineKernel<'x' | 'gamma' | 'beta', GroupNormAttributes>(
  'SweetspotGroupNorm',
  ({ x, gamma, beta }, { groups, eps, silu }) => {
    const x3 = threeAxes(x);
    const count = (x3.shape[1] * x3.shape[2]) / groups;
    const mean = tf.div(overGroups(spatialSums(x3), groups), count);
    const centred = tf.sub(x3, mean) as tf.Tensor3D;
    const variance = tf.div(overGroups(spatialSums(tf.square(centred)), groups), count);
    const scale = tf.rsqrt(tf.add(variance, eps));
    const z = tf.add(tf.mul(centred, tf.mul(scale, gamma)), beta);
    return [tf.reshape(silu ? tf.mul(z, tf.sigmoid(z)) : z, x.shape), mean, scale];
  },
  {
    saveInputs: ['x', 'gamma', 'beta'],
    saveOutputs: [false, true, true],
    gradient: (dy, saved, attributes) => {
      const [x, gamma, beta, mean, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const [dx, dGamma, dBeta] = backward({ x, gamma, beta, mean, scale, dy }, attributes);
      return { x: () => dx as tf.Tensor, gamma: () => dGamma as tf.Tensor, beta: () => dBeta as tf.Tensor };
    },
  },
);

const backward = defineKernel<'x' | 'gamma' | 'beta' | 'mean' | 'scale' | 'dy', GroupNormAttributes>(
  'SweetspotGroupNormGrad',
  ({ x, gamma, beta, mean, scale, dy }, { groups, silu }) => {
    const x3 = threeAxes(x);
    const count = (x3.shape[1] * x3.shape[2]) / groups;
    const normal = tf.mul(tf.sub(x3, mean), scale) as tf.Tensor3D;
    const dz = (silu ? tf.mul(threeAxes(dy), siluSlope(normal, gamma, beta)) : threeAxes(dy)) as tf.Tensor3D;
    const sumDz = spatialSums(dz);
    const sumDzNormal = spatialSums(tf.mul(dz, normal));
    // With u = gamma * dz: dx = scale * (u - mean(u) - normal * mean(u * normal)), means over a group.
    const meanU = tf.div(overGroups(tf.mul(sumDz, gamma), groups), count);
    const meanUNormal = tf.div(overGroups(tf.mul(sumDzNormal, gamma), groups), count);
    const inner = tf.add(tf.mul(normal, meanUNormal), meanU);
    const dx = tf.mul(tf.sub(tf.mul(dz, gamma), inner), scale);
    return [tf.reshape(dx, x.shape), tf.sum(sumDzNormal, 0), tf.sum(sumDz, 0)];
  },
);

/** d silu(z) / dz at z = normal * gamma + beta. */
function siluSlope(normal: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor {
  const z = tf.add(tf.mul(normal, gamma), beta);
  const s = tf.sigmoid(z);
  return tf.mul(s, tf.add(tf.mul(z, tf.sub(1, s)), 1));
}

/**
 * Group normalisation (Wu & He 2018) over all middle axes of x `[B, ..., C]` and the channels of each of `groups`
 * groups, with the population variance, then gamma `[C]` and beta `[C]`, then SiLU if asked.
 */
export function groupNorm<T extends tf.Tensor>(
  x: T,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  { groups, eps, silu }: { groups: number; eps: number; silu: boolean },
): T {
  const channels = lastOf(x.shape);
  expectThat(x.shape.length >= 2, 'groupNorm input', '[B, ..., C]', `[${x.shape}]`);
  expectThat(channels % groups === 0, 'groupNorm', `channels divisible by ${groups} groups`, channels);
  expectShape(gamma, [channels], 'groupNorm gamma');
  expectShape(beta, [channels], 'groupNorm beta');
  return firstOutput(forward({ x, gamma, beta }, { groups, eps, silu })) as T;
}
