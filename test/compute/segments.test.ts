import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BackendName, initBackend } from '../../src/compute/backend.ts';
import { valueAndGrads } from '../../src/compute/gradients.ts';
import { linear, silu } from '../../src/compute/ops/index.ts';
import { segment } from '../../src/compute/tape.ts';

const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 0.5, 'float32', seed);
const bits = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());

/** Residual layers that all see one shared tensor, made by a weight of its own; every third one without it. */
function network(depth: number, runs: { count: number }) {
  const weights = tf.tidy(() =>
    Array.from({ length: 2 * depth + 1 }, (_, i) => tf.variable(random([6, 6], i + 1))),
  );
  const weightAt = (i: number) => weights[i] as tf.Tensor2D;
  const [x, told] = [random([40, 6], 100), random([1, 6], 101)];
  const loss = () => {
    const shared = linear(told, weightAt(2 * depth), null);
    let hidden: tf.Tensor = x;
    for (let i = 0; i < depth; i++) {
      const skip = hidden;
      const changed = segment([hidden, i % 3 === 2 ? null : shared], (h, s) =>
        tf.tidy(() => {
          runs.count++;
          const first = silu(linear(h, weightAt(2 * i), null));
          const second = s === null ? first : tf.add(first, tf.mul(s, s));
          // One segment inside another.
          const inner = segment([second], y => silu(linear(y, weightAt(2 * i + 1), null)));
          return tf.add(tf.add(inner, second), h);
        }),
      );
      hidden = tf.add(changed, tf.mul(skip, 0.5));
    }
    return tf.mean(tf.square(hidden)) as tf.Scalar;
  };
  return { weights, loss, dispose: () => tf.dispose([...weights, x, told]) };
}

/** Most tensor bytes there were at a time during the work, over what there was before. */
function peakBytes(work: () => void): number {
  const engine = tf.engine();
  const track = engine.trackTensor.bind(engine);
  const before = tf.memory().numBytes;
  let most = before;
  engine.trackTensor = (tensor, backend) => {
    track(tensor, backend);
    most = Math.max(most, tf.memory().numBytes);
  };
  work();
  engine.trackTensor = track;
  return most - before;
}

describe.each<BackendName>(['wasm', 'cpu'])('gradient checkpointing on %s', name => {
  beforeAll(async () => {
    await initBackend({ name, threads: 1 });
  });
  afterAll(async () => (await initBackend({ name, threads: 1 })).dispose());

  it('gives the same bits, computes segments once more, and leaves nothing behind', () => {
    const runs = { count: 0 };
    const { weights, loss, dispose } = network(7, runs);
    const plain = valueAndGrads(loss, weights);
    expect(runs.count).toBe(7);
    const { numTensors, numDataBuffers } = tf.memory();
    const lean = valueAndGrads(loss, weights, { checkpointing: true });
    expect(runs.count).toBe(21);
    expect(bits(lean.value)).toEqual(bits(plain.value));
    expect(lean.grads.map(bits)).toEqual(plain.grads.map(bits));
    tf.dispose([lean.value, ...lean.grads]);
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    // Only some of the weights: the first segments are not needed for them.
    const some = valueAndGrads(loss, weights.slice(10, 12), { checkpointing: true });
    expect(some.grads.map(bits)).toEqual(plain.grads.slice(10, 12).map(bits));
    tf.dispose([plain.value, ...plain.grads, some.value, ...some.grads]);
    dispose();
  });

  it('keeps less', () => {
    const { weights, loss, dispose } = network(24, { count: 0 });
    const peak = (checkpointing: boolean) =>
      peakBytes(() => {
        const { value, grads } = valueAndGrads(loss, weights, { checkpointing });
        tf.dispose([value, ...grads]);
      });
    expect(peak(true)).toBeLessThan(0.6 * peak(false));
    dispose();
  });

  it('leaves nothing after an error, the first or the second time', () => {
    const weight = tf.tidy(() => tf.variable(random([3, 3], 1)));
    const x = random([2, 3], 2);
    const { numTensors, numDataBuffers } = tf.memory();
    for (const failing of [1, 2]) {
      let runs = 0;
      const loss = () =>
        tf.sum(
          segment([x], h => {
            const y = linear(h, weight as tf.Tensor2D, null);
            if (++runs === failing) throw new Error('in the middle');
            return silu(y);
          }),
        ) as tf.Scalar;
      expect(() => valueAndGrads(loss, [weight], { checkpointing: true })).toThrow('in the middle');
      expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
      expect(() => valueAndGrads(() => tf.sum(segment([x], h => h)) as tf.Scalar, [weight])).toThrow();
    }
    // The engine is usable again, and outside of a recording a segment is its function.
    const { value, grads } = valueAndGrads(() => tf.sum(tf.mul(weight, 2)) as tf.Scalar, [weight]);
    expect(bits(grads[0] as tf.Tensor)).toEqual(Array(9).fill(2));
    expect(segment([x], h => h)).toBe(x);
    tf.dispose([value, ...grads, x, weight]);
  });
});
