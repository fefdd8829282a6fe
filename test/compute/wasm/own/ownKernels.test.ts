import { setTimeout } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { initBackend } from '../../../../src/compute/backend.ts';
import { valueAndGrads } from '../../../../src/compute/gradients.ts';
import { conv2d, groupNorm, linear } from '../../../../src/compute/ops/index.ts';
import { AdamW } from '../../../../src/compute/optimizer/adamw.ts';
import { type OwnKernels, ownKernelsOf } from '../../../../src/compute/wasm/own/ownKernels.ts';
import { isWasmBackend, type WasmBackend } from '../../../../src/compute/wasm/wasmBackend.ts';
import { startWith, stopBackend } from '../../support/backends.ts';

afterEach(stopBackend);

function running(): { backend: WasmBackend; kernels: OwnKernels } {
  const backend = tf.backend();
  const kernels = isWasmBackend(backend) ? ownKernelsOf(backend) : undefined;
  if (!isWasmBackend(backend) || !kernels) throw new Error('our kernels are not running');
  return { backend, kernels };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(5);
}

describe('our kernels', () => {
  it('are what a wasm backend runs on, and can be kept out', async () => {
    expect(await startWith('wasm', 'own', 2)).toMatchObject({ threads: 2, kernels: 'own', warning: null });
    const composed = await startWith('wasm', 'composed', 2);
    expect(composed).toMatchObject({ threads: 2, kernels: 'composed', warning: null });
    const backend = tf.backend();
    expect(isWasmBackend(backend) && ownKernelsOf(backend)).toBeUndefined();
    expect(await initBackend({ name: 'cpu' })).toMatchObject({ kernels: 'composed', warning: null });
  });

  it('leave the stock kernels one thread, so that two pools never compete', async () => {
    await startWith('wasm', 'own', 3);
    expect(running().backend.wasm.tfjs.getThreadsCount()).toBe(1);
  });

  it('let their threads sleep when there is nothing to do, and end with the backend', async () => {
    const first = await startWith('wasm', 'own', 3);
    const { kernels } = running();
    await until(() => kernels.sleeping === 2);
    const big = () => tf.tidy(() => tf.matMul(tf.ones([200, 200]), tf.ones([200, 200])).dataSync()[0]);
    for (let i = 0; i < 50; i++) expect(big()).toBe(200);
    await until(() => kernels.sleeping === 2);
    expect(big()).toBe(200);
    first.dispose();
    await until(() => kernels.sleeping === 0);
    expect(() => kernels.run({ kernel: 'columnSums', fields: [], units: 1, pieces: 1 })).toThrow(
      /cannot be run/,
    );
  });

  it.each([1, 2])('report an address outside the heap instead of going on, on %d threads', async threads => {
    await startWith('wasm', 'own', threads);
    const { kernels } = running();
    const wild = { kernel: 'columnSums', fields: [0xfffffff0, 0xfffffff0, 4, 64], units: 16, pieces: 4 };
    expect(() => kernels.run(wild)).toThrow(/left the heap/);
    expect(tf.tidy(() => tf.matMul(tf.ones([90, 90]), tf.ones([90, 90])).dataSync()[7])).toBe(90);
    expect(() => kernels.run({ ...wild, kernel: 'nothing' })).toThrow(/cannot be run/);
  });

  it('refuse work that the heap has no room for, and go on', async () => {
    await startWith('wasm', 'own');
    const { kernels } = running();
    const job = { kernel: 'columnSums', fields: [0, 0, 0, 0], units: 1, pieces: 1, scratchBytes: 2 ** 33 };
    expect(() => kernels.run(job)).toThrow(expect.objectContaining({ code: 'E_OUT_OF_MEMORY' }));
    expect(Array.from(tf.tidy(() => tf.matMul(tf.ones([1, 3]), tf.ones([3, 1])).dataSync()))).toEqual([3]);
  });

  it('train for 500 steps without growing', async () => {
    await startWith('wasm', 'own', 2);
    const { backend } = running();
    const weights = tf.tidy(() =>
      [[3, 3, 4, 10], [10], [10], [10], [10, 7], [7]].map((shape, i) =>
        tf.variable(tf.randomNormal(shape, 0, 0.3, 'float32', i + 1)),
      ),
    );
    const [filter, bias, gamma, beta, head, headBias] = weights as [tf.Variable, ...tf.Variable[]];
    const optimizer = new AdamW(weights, { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 });
    const x = tf.randomNormal([3, 9, 7, 4], 0, 1, 'float32', 7) as tf.Tensor4D;
    const wanted = tf.randomNormal([3, 9, 7, 7], 0, 1, 'float32', 8);
    const step = (): number => {
      const { value, grads } = valueAndGrads(
        () =>
          tf.tidy(() => {
            const h = conv2d(x, filter, bias as tf.Tensor, { stride: 1, padding: [1, 1, 1, 1] });
            const options = { groups: 5, eps: 1e-5, silu: true };
            const normal = groupNorm(h, gamma as tf.Tensor, beta as tf.Tensor, options);
            const y = linear(normal, head as tf.Tensor, headBias as tf.Tensor);
            return tf.mean(tf.squaredDifference(y, wanted)) as tf.Scalar;
          }),
        weights,
      );
      const loss = value.dataSync()[0] as number;
      optimizer.step(grads, 3e-3, 1);
      tf.dispose([value, ...grads]);
      return loss;
    };
    const first = step();
    const { numTensors, numDataBuffers } = tf.memory();
    const heapBytes = backend.wasm.HEAPU8.length;
    let last = first;
    for (let i = 0; i < 500; i++) last = step();
    expect(last).toBeLessThan(0.9 * first);
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    expect(backend.wasm.HEAPU8.length).toBe(heapBytes);
    optimizer.dispose();
    tf.dispose([...weights, x, wanted]);
  });
});
