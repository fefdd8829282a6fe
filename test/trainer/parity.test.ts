import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../src/compute/backend.ts';
import { hearFallbacks } from '../../src/compute/graph/compiling.ts';
import type { Parameter } from '../../src/diffusion/nn/parameter.ts';
import type { StepMetrics } from '../../src/trainer/dreambooth.ts';
import { isNative, MAIN_BACKEND } from '../support/backends.ts';
import { goldenTrainer, type RecordedWeights, readGolden } from './support/goldenTraining.ts';

// Losses of the real train_dreambooth.py. The bound is a few times what was measured (in the comment); where batches
// of one picture make 50 updates with a large rate, rounding grows to 1e-4, elsewhere it stays under 1e-6.
const CASES: [name: string, lossTolerance: number, weightTolerance: number][] = [
  ['plain', 3e-4, 1e-3], // 6.5e-5
  ['random-crop', 2e-5, 1e-3], // 5.4e-7; 5.0e-6 on native TensorFlow
  ['prior', 5e-6, 1e-3], // 3.7e-7
  ['text-encoder', isNative ? 1e-3 : 5e-4, 1e-3], // 1.3e-4; native TensorFlow 6.1e-4
  ['v-offset', 5e-6, 1e-3], // 7.4e-7
  ['snr', 5e-6, 1e-3], // 1.0e-6
];

function worstNorm(parameters: readonly Parameter[], recorded: RecordedWeights | undefined): number {
  const norms = Object.entries(recorded?.norms ?? {});
  expect(norms).toHaveLength(parameters.length);
  const differences = norms.map(([name, wanted]) => {
    const values = parameters.find(parameter => parameter.name === name)?.get() ?? new Float32Array(0);
    const norm = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
    return Math.abs(norm - wanted) / Math.max(wanted, 1);
  });
  return Math.max(...differences);
}

describe('losses of train_dreambooth.py', () => {
  beforeAll(async () => {
    await initBackend({ name: MAIN_BACKEND, threads: 1 });
  });

  it.each(CASES)('%s', async (name, lossTolerance, weightTolerance) => {
    const golden = readGolden(name);
    const { trainer, pipeline, dispose } = await goldenTrainer({ ...golden.values, output_dir: 'unused' });
    const fallbacks: string[] = [];
    hearFallbacks(message => fallbacks.push(message));
    const steps: StepMetrics[] = [];
    const tensors: number[] = [];
    const onStep = (metrics: StepMetrics) => {
      steps.push(metrics);
      tensors.push(tf.memory().numTensors);
    };
    expect(await trainer.run(golden.losses.length, { onStep })).toBe('done');

    expect(fallbacks, 'computed op by op').toEqual([]);
    expect(steps.map(({ step }) => step)).toEqual(golden.losses.map(({ step }) => step));
    const off = (i: number, wanted: number) => Math.abs((steps[i]?.loss ?? Number.NaN) - wanted) / wanted;
    const worst = Math.max(...golden.losses.map(({ loss }, i) => off(i, loss)));
    const worstLr = Math.max(
      ...golden.losses.map(({ lr }, i) => Math.abs((steps[i]?.lr ?? 1) - lr) / (lr || 1)),
    );
    const norm = Math.max(
      worstNorm(pipeline.unet.parameters, golden.weights.unet),
      golden.weights.text_encoder
        ? worstNorm(pipeline.textEncoder.parameters, golden.weights.text_encoder)
        : 0,
    );
    if (process.env.SWEETSPOT_SHOW) console.log(name, { worst, worstLr, norm });
    // Compiled steps on native TensorFlow sum in other orders: 4.9e-6 was measured for `prior`.
    expect(worst).toBeLessThan(isNative ? Math.max(lossTolerance, 5e-5) : lossTolerance);
    // Equal but for the last bit of a cosine.
    expect(worstLr).toBeLessThan(1e-13);
    expect(norm).toBeLessThan(weightTolerance);
    // Compiled, a batch of another size may take an eager step, which holds more for a while.
    const half = tensors.length / 2;
    const least = (some: number[]): number => Math.min(...some);
    const kept = isNative ? [least(tensors.slice(0, half)), least(tensors.slice(half))] : tensors;
    expect(new Set(kept).size, 'tensors left behind by steps').toBe(1);
    dispose();
  });
});
