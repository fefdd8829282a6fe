import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../src/compute/backend.ts';
import { isWasmBackend } from '../../src/compute/wasm/wasmBackend.ts';
import type { DreamboothSetup, StepMetrics } from '../../src/trainer/dreambooth.ts';
import { goldenTrainer, readGolden } from './support/goldenTraining.ts';

/** Bytes given out on the wasm heap, and how many there were at most since the last `reset`. */
function watchHeap() {
  const backend = tf.backend();
  if (!isWasmBackend(backend)) throw new Error('not the wasm backend');
  const module = backend.wasm;
  const [allocate, free] = [module._malloc, module._free];
  const sizes = new Map<number, number>();
  const watch = {
    used: 0,
    most: 0,
    reset: () => {
      watch.most = watch.used;
    },
    stop: () => Object.assign(module, { _malloc: allocate, _free: free }),
  };
  module._malloc = bytes => {
    const address = allocate(bytes);
    sizes.set(address, bytes);
    watch.used += bytes;
    watch.most = Math.max(watch.most, watch.used);
    return address;
  };
  module._free = address => {
    free(address);
    watch.used -= sizes.get(address) ?? 0;
    sizes.delete(address);
  };
  return watch;
}

const heapBytes = (): number => {
  const backend = tf.backend();
  return isWasmBackend(backend) ? backend.wasm.HEAPU8.length : 0;
};

async function train(values: Record<string, unknown>, steps: number, changes: Partial<DreamboothSetup> = {}) {
  const { trainer, pipeline, dispose } = await goldenTrainer({ ...values, output_dir: 'unused' }, changes);
  const metrics: StepMetrics[] = [];
  await trainer.run(1, { onStep: step => metrics.push(step) });
  const watch = watchHeap();
  await trainer.run(steps, { onStep: step => metrics.push(step) });
  watch.stop();
  const weights = [...pipeline.unet.parameters, ...pipeline.textEncoder.parameters].map(p => p.get());
  dispose();
  return { metrics, weights, peak: watch.most };
}

beforeAll(async () => {
  await initBackend({ name: 'wasm', threads: 1 });
});

describe('a training', () => {
  // Both networks trained; and with class pictures, a frozen text encoder and batches of two.
  it.each(['text-encoder', 'prior'])(
    'has the same bits with gradient checkpointing, in less memory: %s',
    async name => {
      const values = { ...readGolden(name).values, resolution: 64 };
      const plain = await train(values, 4);
      const lean = await train(values, 4, { gradientCheckpointing: true });
      expect(lean.metrics).toEqual(plain.metrics);
      expect(lean.weights).toEqual(plain.weights);
      expect(lean.peak).toBeLessThan(0.8 * plain.peak);
    },
  );

  it('of 100 updates grows neither in tensors nor in heap', async () => {
    const { trainer, dispose } = await goldenTrainer({
      ...readGolden('text-encoder').values,
      resolution: 16,
      gradient_accumulation_steps: 1,
      output_dir: 'unused',
    });
    const afterStep: { numTensors: number; numDataBuffers: number; heap: number }[] = [];
    await trainer.run(100, {
      onStep: () => {
        const { numTensors, numDataBuffers } = tf.memory();
        afterStep.push({ numTensors, numDataBuffers, heap: heapBytes() });
      },
    });
    expect(afterStep).toHaveLength(100);
    expect(new Set(afterStep.map(state => JSON.stringify(state))).size).toBe(1);
    dispose();
  });
});
