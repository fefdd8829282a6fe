import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { initBackend } from '../../../src/compute/backend.ts';
import { valueAndGrads } from '../../../src/compute/gradients.ts';
import { CompiledFunction } from '../../../src/compute/graph/compiledFunction.ts';
import { inBranches, whileTracing } from '../../../src/compute/graph/tracing.ts';
import type { UNet2DConditionModel } from '../../../src/diffusion/models/index.ts';
import { loadPipeline } from '../../../src/diffusion/pipeline/index.ts';
import { MAIN_BACKEND } from '../../support/backends.ts';
import { tinyPipelineDir } from '../../support/models.ts';
import { describeNative, ownGraphCache } from './support/native.ts';

const inTwo = <T>(run: () => T): T => whileTracing({ delay: tensor => tensor, branches: 2 }, run);

describe('branches of a batch', () => {
  const twice = (rows: number) => {
    const calls: number[][] = [];
    const x = tf.reshape(tf.range(0, 2 * rows), [rows, 2]);
    const run = () =>
      inBranches([x, tf.range(0, rows)], (some, indices) => {
        calls.push(Array.from(indices.dataSync()));
        return tf.mul(some, 2);
      });
    return { run, calls, wanted: Array.from(tf.mul(x, 2).dataSync()) };
  };

  it('are computed one by one and put together', async () => {
    await initBackend({ name: MAIN_BACKEND, threads: 1 });
    tf.tidy(() => {
      const { run, calls, wanted } = twice(5);
      expect(Array.from(inTwo(run).dataSync())).toEqual(wanted);
      expect(calls).toEqual([
        [0, 1],
        [2, 3, 4],
      ]);
    });
  });

  it('are one where there is one item, or no recording', async () => {
    await initBackend({ name: MAIN_BACKEND, threads: 1 });
    tf.tidy(() => {
      const [one, outside] = [twice(1), twice(4)];
      expect(Array.from(inTwo(one.run).dataSync())).toEqual(one.wanted);
      expect(Array.from(outside.run().dataSync())).toEqual(outside.wanted);
      expect([one.calls, outside.calls]).toEqual([[[0]], [[0, 1, 2, 3]]]);
    });
  });
});

/** What the UNet gives, or the loss and two gradients of it, in a graph with and without branches. */
async function bothWays(
  rows: number,
  what: (unet: UNet2DConditionModel, x: tf.NamedTensorMap) => tf.NamedTensorMap,
) {
  ownGraphCache();
  const { unet } = await loadPipeline(tinyPipelineDir('plain'), { only: ['unet'] });
  const width = [unet.config.crossAttentionDim].flat()[0] ?? 0;
  const inputs = {
    sample: tf.randomNormal([rows, 8, 8, unet.config.inChannels], 0, 1, 'float32', 1),
    states: tf.randomNormal([rows, 5, width], 0, 1, 'float32', 2),
    timesteps: tf.range(1, rows + 1),
  };
  const results = [false, true].map(branched => {
    const compiled = new CompiledFunction({
      name: `branches ${rows} ${branched}`,
      compute: given => (branched ? inTwo(() => what(unet, given)) : what(unet, given)),
      weights: unet.parameters.map(weight => ({ name: weight.name, weight })),
      identity: null,
    });
    const outputs = compiled.run(inputs);
    const values = Object.values(outputs).map(output => Array.from(output.dataSync()));
    tf.dispose(outputs);
    compiled.dispose();
    return values;
  });
  onTestFinished(() => {
    tf.dispose(inputs);
    unet.dispose();
  });
  return results as [number[][], number[][]];
}

/** The largest difference of each output, as a part of the output's largest value. */
function differences([whole, branched]: [number[][], number[][]]): number[] {
  const worst = whole.map((values, i) => {
    const scale = Math.max(...values.map(Math.abs));
    return Math.max(...values.map((value, k) => Math.abs(value - (branched[i]?.[k] ?? Number.NaN)))) / scale;
  });
  if (process.env.SWEETSPOT_SHOW) console.log('worst differences', worst);
  return worst;
}

// TensorFlow chooses some kernels by the size of the batch, so the last digits may differ.
describeNative('a UNet in branches', () => {
  const predict = (unet: UNet2DConditionModel, { sample, timesteps, states }: tf.NamedTensorMap) =>
    unet.forward(sample as tf.Tensor4D, timesteps as tf.Tensor1D, states as tf.Tensor3D);

  it.each([2, 3, 8])('gives the same for %i items', async rows => {
    const [worst = Number.NaN] = differences(await bothWays(rows, (unet, x) => ({ y: predict(unet, x) })));
    expect(worst).toBeLessThan(1e-5);
  });

  it('has the same loss and gradients', async () => {
    const both = await bothWays(3, (unet, x) => {
      const first = unet.parameters[0]?.value as tf.Variable;
      const last = unet.parameters.at(-2)?.value as tf.Variable;
      const { value, grads } = valueAndGrads(() => tf.mean(tf.square(predict(unet, x))), [first, last]);
      return { value, first: grads[0] as tf.Tensor, last: grads[1] as tf.Tensor };
    });
    const worst = differences(both);
    expect(worst).toHaveLength(3);
    for (const difference of worst) expect(difference).toBeLessThan(2e-5);
  });
});
