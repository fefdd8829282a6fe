import * as tf from '@tensorflow/tfjs-core';
import { Dice } from '../../core/random/dice.ts';
import { toTensorValues } from '../../diffusion/images/index.ts';
import type { Scene } from './scene.ts';

/** Choices for batch `step` of a training: it depends on these two alone, so that a stopped run goes on with the same ones. */
export const batchDice = (step: number, seed: number): Dice =>
  // An odd multiplier keeps the streams of neighbouring steps and seeds apart.
  new Dice((Math.imul(step + 1, 0x9e3779b1) ^ seed) >>> 0);

/** Pictures of one size as [B, S, S, 3], -1..1. */
export function pixelsOf(scenes: readonly Scene[]): tf.Tensor4D {
  const size = scenes[0]?.image.width ?? 0;
  const values = new Float32Array(scenes.length * size * size * 3);
  scenes.forEach(({ image }, i) => {
    values.set(toTensorValues(image), i * size * size * 3);
  });
  return tf.tensor4d(values, [scenes.length, size, size, 3]);
}
