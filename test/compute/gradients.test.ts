import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../src/compute/backend.ts';
import { valueAndGrads } from '../../src/compute/gradients.ts';
import { attention, conv2d, groupNorm, layerNorm, linear, silu } from '../../src/compute/ops/index.ts';
import { SweetspotError } from '../../src/core/errors.ts';
import { BACKENDS } from '../support/backends.ts';

const variable = (shape: number[], seed: number) =>
  tf.tidy(() => tf.variable(tf.randomNormal(shape, 0, 0.5, 'float32', seed)));

/** A little network that uses a weight twice, adds a branch, and splits and joins. */
function network() {
  const shapes = [[3, 3, 4, 6], [6], [6], [6], [6, 6], [6], [6], [6]];
  const variables = shapes.map((shape, i) => variable(shape, i + 1));
  const [filter, bias, gamma, beta, weight, bias2, gamma2, beta2] = variables as [
    tf.Variable,
    tf.Variable,
    tf.Variable,
    tf.Variable,
    tf.Variable,
    tf.Variable,
    tf.Variable,
    tf.Variable, // biome-ignore format: list
  ];
  const x = tf.randomNormal([2, 5, 3, 4], 0, 1, 'float32', 99) as tf.Tensor4D;
  const loss = () => {
    const h = conv2d(x, filter, bias, { stride: 1, padding: [1, 1, 1, 1] });
    const normal = groupNorm(h, gamma, beta, { groups: 3, eps: 1e-5, silu: true });
    const tokens = tf.reshape(normal, [2, 15, 6]) as tf.Tensor3D;
    const q = linear(layerNorm(tokens, gamma2, beta2, { eps: 1e-5 }), weight, bias2) as tf.Tensor3D;
    const k = linear(tokens, weight, null) as tf.Tensor3D;
    const seen = attention(q, k, tokens, { heads: 2, causal: false });
    const [left, right] = tf.split(tf.add(seen, tokens), 2, 2) as [tf.Tensor, tf.Tensor];
    return tf.mean(tf.square(tf.concat([silu(left), tf.mul(right, right)], 2))) as tf.Scalar;
  };
  return { variables, x, loss };
}

const bits = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());

describe.each(BACKENDS)('valueAndGrads on %s', name => {
  beforeAll(async () => {
    await initBackend({ name, threads: 1 });
  });
  afterAll(async () => (await initBackend({ name, threads: 1 })).dispose());

  it('equals tf.variableGrads to the last bit', () => {
    const { variables, x, loss } = network();
    const stock = tf.variableGrads(loss, variables);
    const ours = valueAndGrads(loss, variables);
    expect(bits(ours.value)).toEqual(bits(stock.value));
    variables.forEach((v, i) => {
      expect(bits(ours.grads[i] as tf.Tensor)).toEqual(bits(stock.grads[v.name] as tf.Tensor));
    });
    tf.dispose([stock, ours, variables, x] as unknown as tf.TensorContainer);
  });

  it('leaves nothing but the value and the gradients, and nothing at all after an error', () => {
    const { variables, x, loss } = network();
    const { numTensors, numDataBuffers } = tf.memory();
    const { value, grads } = valueAndGrads(loss, variables);
    expect(tf.memory().numTensors).toBe(numTensors + 1 + variables.length);
    tf.dispose([value, grads]);
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });

    const failing = () => {
      loss();
      throw new Error('in the middle');
    };
    expect(() => valueAndGrads(failing, variables)).toThrow('in the middle');
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    expect(() => valueAndGrads(loss, [...variables, variable([2], 5)])).toThrow(/does not depend/);
    expect(tf.memory().numDataBuffers).toBe(numDataBuffers + 1);
    // The engine is usable again.
    expect(bits(valueAndGrads(loss, variables).value)[0]).toBeGreaterThan(0);
    tf.dispose([x, ...variables]);
  });

  it('works inside a tidy and for some of the variables only', () => {
    const { variables, x, loss } = network();
    const all = valueAndGrads(loss, variables);
    const before = tf.memory().numTensors;
    const some = tf.tidy(() => valueAndGrads(loss, variables.slice(4, 6)).grads.map(bits));
    expect(some).toEqual(all.grads.slice(4, 6).map(bits));
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, all.value, ...all.grads, ...variables]);
  });

  it('gives each of two equal terms its own gradient', () => {
    const a = variable([3], 1);
    const b = variable([3], 2);
    const { value, grads } = valueAndGrads(
      () => tf.sum(tf.add(tf.add(a, b), tf.add(a, a))) as tf.Scalar,
      [a, b],
    );
    expect(grads.map(bits)).toEqual([[3, 3, 3], [1, 1, 1]]); // biome-ignore format: a table
    tf.dispose([value, ...grads, a, b]);
  });

  it('needs less memory than tf.variableGrads', () => {
    const { variables, x, loss } = network();
    const peak = (work: () => tf.TensorContainer): number => {
      let most = 0;
      const engine = tf.engine();
      const track = engine.trackTensor.bind(engine);
      engine.trackTensor = (tensor, backend) => {
        track(tensor, backend);
        most = Math.max(most, tf.memory().numBytes);
      };
      const before = tf.memory().numBytes;
      tf.dispose(work());
      engine.trackTensor = track;
      return most - before;
    };
    const ours = peak(() => Object.values(valueAndGrads(loss, variables)) as tf.TensorContainer);
    const stock = peak(() => Object.values(tf.variableGrads(loss, variables)) as tf.TensorContainer);
    expect(ours).toBeLessThan(stock);
    tf.dispose([x, ...variables]);
  });

  it('refuses to be nested', () => {
    const a = variable([1], 1);
    const inner = () => valueAndGrads(() => tf.sum(a) as tf.Scalar, [a]).value;
    expect(() => valueAndGrads(inner, [a])).toThrow(SweetspotError);
    a.dispose();
  });
});
