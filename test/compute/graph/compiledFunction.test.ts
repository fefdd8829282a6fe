import * as tf from '@tensorflow/tfjs-core';
import { expect, it, onTestFinished } from 'vitest';
import { CompiledFunction } from '../../../src/compute/graph/compiledFunction.ts';
import { chooseCompiling, hearFallbacks } from '../../../src/compute/graph/compiling.ts';
import { MOST_IDLE_GRAPHS } from '../../../src/compute/graph/loadGraph.ts';
import { Parameter } from '../../../src/diffusion/nn/parameter.ts';
import { describeNative, nativeBackend, ownGraphCache } from './support/native.ts';

function scaled(name: string, compute?: (inputs: tf.NamedTensorMap, weight: Parameter) => tf.NamedTensorMap) {
  const weight = new Parameter('weight', [3], 'plain');
  const unused = new Parameter('unused', [5], 'plain');
  weight.set(Float32Array.of(1, 2, 3));
  unused.set(new Float32Array(5));
  let computed = 0;
  const compiled = new CompiledFunction({
    name,
    compute: inputs => {
      computed++;
      return compute?.(inputs, weight) ?? { y: tf.mul(inputs.x as tf.Tensor, weight.value) };
    },
    weights: [weight, unused].map(one => ({ name: one.name, weight: one })),
    identity: name,
  });
  onTestFinished(() => {
    compiled.dispose();
    weight.dispose();
    unused.dispose();
    chooseCompiling(undefined);
  });
  const run = (...x: number[]): number[] =>
    tf.tidy(() => Array.from(compiled.run({ x: tf.tensor2d(x, [x.length / 3, 3]) }).y?.dataSync() ?? []));
  return { weight, run, computed: () => computed };
}

describeNative('a compiled function', () => {
  it('computes once, and follows its weights', () => {
    ownGraphCache();
    const { weight, run, computed } = scaled('follows');
    expect(run(1, 1, 2)).toEqual([1, 2, 6]);
    expect(run(2, 1, 1)).toEqual([2, 2, 3]);
    weight.set(Float32Array.of(5, 0, 1));
    expect(run(2, 1, 1)).toEqual([10, 0, 1]);
    expect(run(2, 1, 1, 1, 1, 1)).toEqual([10, 0, 1, 5, 0, 1]);
    expect(computed()).toBe(2);
    expect(weight.get()).toEqual(Float32Array.of(5, 0, 1));
  });

  it('takes a graph of an earlier process from the cache', () => {
    ownGraphCache();
    expect(scaled('cached').run(1, 1, 1)).toEqual([1, 2, 3]);
    const second = scaled('cached');
    expect(second.run(1, 1, 1)).toEqual([1, 2, 3]);
    expect(second.computed()).toBe(0);
  });

  it('leaves no tensors but its outputs, also through many shapes', () => {
    ownGraphCache();
    const { run } = scaled('shapes');
    run(1, 2, 3);
    const before = [tf.memory().numTensors, nativeBackend().binding.getNumOfTensors()];
    for (let rows = 1; rows <= 12; rows++) run(...new Array(3 * rows).fill(1));
    expect([tf.memory().numTensors, nativeBackend().binding.getNumOfTensors()]).toEqual(before);
    expect(nativeBackend().binding.getNumOfSavedModels()).toBe(2 + MOST_IDLE_GRAPHS);
  });

  it('runs op by op, with one warning, what cannot be recorded', () => {
    ownGraphCache();
    const warnings: string[] = [];
    hearFallbacks(message => warnings.push(message));
    // A value is read: in a recording there is none.
    const { run, computed } = scaled('reads', ({ x }, weight) => {
      const [first = 0] = (x as tf.Tensor).dataSync();
      return { y: tf.mul(weight.value, first) };
    });
    expect(run(2, 0, 0)).toEqual([2, 4, 6]);
    expect(run(3, 0, 0)).toEqual([3, 6, 9]);
    expect(computed()).toBe(3);
    expect(warnings).toEqual([
      expect.stringMatching(/^reads is computed op by op, which is slower: .*value is read/),
    ]);
  });

  it('runs op by op when graphs are not wanted', () => {
    ownGraphCache();
    chooseCompiling('off');
    const { run, computed } = scaled('off');
    expect(run(1, 1, 1)).toEqual([1, 2, 3]);
    expect(run(1, 1, 1)).toEqual([1, 2, 3]);
    expect(computed()).toBe(2);
  });
});
