import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../src/compute/backend.ts';
import type { StepMetrics } from '../../src/trainer/trainer.ts';
import { goldenInversion, readGoldenInversion } from './support/goldenInversion.ts';

// Losses and embeddings of the real textual_inversion.py. The bounds are a few times what was measured (in the comment).
const CASES: [name: string, lossTolerance: number, vectorTolerance: number][] = [
  ['object', 1e-3, 1e-2],
  ['style', 1e-3, 1e-2],
  ['accumulated', 1e-3, 1e-2],
  ['velocity', 1e-3, 1e-2],
];

/** Largest distance of a vector from the recorded one, relative to that one's length. */
function vectorsApart(found: Float32Array, wanted: number[][]): number {
  expect(found).toHaveLength(wanted.flat().length);
  const width = wanted[0]?.length ?? 0;
  const apart = wanted.map((vector, row) => {
    const squares = vector.reduce((sum, v, i) => sum + (v - (found[row * width + i] ?? Number.NaN)) ** 2, 0);
    return Math.sqrt(squares) / Math.hypot(...vector);
  });
  return Math.max(...apart);
}

describe('textual inversion beside textual_inversion.py', () => {
  beforeAll(async () => {
    await initBackend({ name: 'wasm', threads: 1 });
  });

  it.each(CASES)('%s', async (name, lossTolerance, vectorTolerance) => {
    const golden = readGoldenInversion(name);
    const { trainer, dispose } = await goldenInversion(golden.values);
    const steps: StepMetrics[] = [];
    const tensors: number[] = [];
    const onStep = (metrics: StepMetrics) => {
      steps.push(metrics);
      tensors.push(tf.memory().numTensors);
    };
    const distances: number[] = [];
    for (const [step, recorded] of Object.entries(golden.embeddings)) {
      expect(await trainer.run(Number(step), { onStep })).toBe('done');
      const { token, vectors } = trainer.embeddings;
      distances.push(vectorsApart(vectors, recorded[token] ?? []));
    }

    expect(steps.map(({ step }) => step)).toEqual(golden.losses.map(({ step }) => step));
    const off = golden.losses.map(({ loss }, i) => Math.abs((steps[i]?.loss ?? Number.NaN) - loss) / loss);
    const rates = golden.losses.map(({ lr }, i) => Math.abs((steps[i]?.lr ?? 1) - lr) / (lr || 1));
    if (process.env.SWEETSPOT_SHOW)
      console.log(name, { loss: Math.max(...off), first: off.slice(0, 5), distances });
    expect(Math.max(...off)).toBeLessThan(lossTolerance);
    expect(Math.max(...rates)).toBeLessThan(1e-13);
    expect(Math.max(...distances)).toBeLessThan(vectorTolerance);
    expect(new Set(tensors).size, 'tensors left behind by steps').toBe(1);
    dispose();
  });
});
