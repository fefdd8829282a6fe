import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../../src/compute/backend.ts';
import { pictureLoss, vaeLoss } from '../../../src/trainer/pretrain/vaeLoss.ts';

const grey = (value: number): tf.Tensor4D => tf.fill([1, 8, 8, 3], value);
const value = (loss: tf.Scalar): number => loss.dataSync()[0] ?? Number.NaN;

beforeAll(async () => {
  await initBackend({ name: 'wasm', threads: 1 });
});

describe("the VAE's loss", () => {
  it('is the mean absolute and half the mean squared difference where edges are the same', () => {
    expect(value(pictureLoss(grey(0.5), grey(0.1)))).toBeCloseTo(0.4 + 0.5 * 0.16, 5);
    expect(value(pictureLoss(grey(0.5), grey(0.5)))).toBe(0);
  });

  it('counts an edge that is not there, along both axes alike', () => {
    const halves = tf.tensor4d(
      Array.from({ length: 8 * 8 * 3 }, (_, i) => (Math.floor(i / 3) % 8 < 4 ? 0 : 0.2)),
      [1, 8, 8, 3],
    );
    const plain = 0.1 + 0.5 * 0.02;
    // Two of six columns see the step whole, in one of the two directions.
    const edges = 0.5 * ((0.2 * 2) / 6 / 2);
    expect(value(pictureLoss(halves, grey(0)))).toBeCloseTo(plain + edges, 5);
    const upright = tf.transpose(halves, [0, 2, 1, 3]) as tf.Tensor4D;
    expect(value(pictureLoss(upright, grey(0)))).toBeCloseTo(plain + edges, 5);
  });

  it('adds a little of the distance from a standard normal', () => {
    const latents = (mean: number, logvar: number) => ({
      mean: tf.fill([1, 2, 2, 4], mean) as tf.Tensor4D,
      logvar: tf.fill([1, 2, 2, 4], logvar) as tf.Tensor4D,
    });
    expect(value(vaeLoss(grey(0), grey(0), latents(0, 0)))).toBe(0);
    const distance = 0.5 * (900 + Math.exp(-2) + 2 - 1);
    expect(value(vaeLoss(grey(0), grey(0), latents(30, -2)))).toBeCloseTo(1e-5 * distance, 7);
  });
});
