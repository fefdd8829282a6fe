import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import '@tensorflow/tfjs-backend-cpu';
import { itemWeights, weightedMse } from '../../src/trainer/loss.ts';
import type { NoiseProcess } from '../../src/trainer/noiseProcess.ts';

const process = (predictionType: NoiseProcess['predictionType']): NoiseProcess => ({
  alphasCumprod: Float32Array.of(0.96, 0.5, 0.04),
  predictionType,
});
const plain = { withPriorPreservation: false, priorLossWeight: 1, snrGamma: null };

describe('itemWeights', () => {
  it('is the mean without anything else', () => {
    expect(itemWeights(Int32Array.of(0, 1, 2, 2), process('epsilon'), plain)).toEqual(
      Float32Array.of(0.25, 0.25, 0.25, 0.25),
    );
  });

  it('splits the batch with prior preservation', () => {
    const weights = itemWeights(Int32Array.of(0, 1, 2, 2), process('epsilon'), {
      ...plain,
      withPriorPreservation: true,
      priorLossWeight: 0.5,
    });
    expect(weights).toEqual(Float32Array.of(0.5, 0.5, 0.25, 0.25));
  });

  // SNR = a / (1 - a) = 24, 1, 1/24.
  it.each([
    ['epsilon', [5 / 24, 1, 1]],
    ['v_prediction', [5 / 25, 1 / 2, 1 / 25]],
  ] as const)('caps the signal-to-noise ratio for %s', (type, wanted) => {
    const weights = itemWeights(Int32Array.of(0, 1, 2), process(type), { ...plain, snrGamma: 5 });
    wanted.forEach((weight, i) => {
      expect((weights[i] ?? 0) * 3).toBeCloseTo(weight, 5);
    });
  });

  it('never weighs the class half by its signal-to-noise ratio', () => {
    const options = { withPriorPreservation: true, priorLossWeight: 2, snrGamma: 5 };
    const [instance, ofClass] = itemWeights(Int32Array.of(1, 0), process('epsilon'), options);
    expect([instance, ofClass]).toEqual([1, 2]);
  });
});

describe('weightedMse', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  it('weighs the mean squared error of each item', () => {
    const before = tf.memory().numTensors;
    const loss = tf.tidy(() => {
      const prediction = tf.tensor4d([1, 2, 3, 4, 0, 0, 0, 0], [2, 1, 2, 2]);
      const target = tf.tensor4d([1, 2, 3, 6, 1, 1, 1, 1], [2, 1, 2, 2]);
      return weightedMse(prediction, target, tf.tensor1d([0.5, 0.25])).dataSync()[0];
    });
    expect(loss).toBe(0.5 * 1 + 0.25 * 1);
    expect(tf.memory().numTensors).toBe(before);
  });
});
