import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { addNoise, getVelocity } from '../../../src/diffusion/schedulers/forwardProcess.ts';

const ALPHAS = Float32Array.of(0.99, 0.64, 0.0004);
const clean = () => tf.tensor4d([1, 2, 3, 4, 5, 6], [3, 1, 1, 2]);
const noise = () => tf.tensor4d([1, -1, 0.5, 0, 0, 2], [3, 1, 1, 2]);
const near = (tensor: tf.Tensor, wanted: number[]): void => {
  expect(Array.from(tensor.dataSync<'float32'>())).toEqual(wanted.map(value => expect.closeTo(value, 5)));
};

beforeAll(() => tf.setBackend('cpu'));

it('noises every item to its own timestep', () => {
  const noisy = addNoise(ALPHAS, clean(), noise(), [1, 1, 2]);
  const deep = Math.sqrt(1 - 0.0004);
  near(noisy, [0.8 + 0.6, 1.6 - 0.6, 2.4 + 0.3, 3.2, 0.1, 0.12 + 2 * deep]);
  expect(noisy.shape).toEqual([3, 1, 1, 2]);
});

it('velocity is the derivative along the arc from sample to noise', () => {
  near(getVelocity(ALPHAS, clean(), noise(), Int32Array.of(1, 1, 1)), [0.2, -2, -1.4, -2.4, -3, -2]);
});

it('leaves no tensors behind', () => {
  const [x, n] = [clean(), noise()];
  const before = tf.memory().numTensors;
  addNoise(ALPHAS, x, n, [0, 0, 0]).dispose();
  getVelocity(ALPHAS, x, n, [0, 0, 0]).dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('refuses a timestep outside the schedule', () => {
  expect(() => addNoise(ALPHAS, clean(), noise(), [0, 1, 3])).toThrow(
    expect.objectContaining({ code: 'E_INTERNAL' }),
  );
});
