import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { linear } from '../../../src/compute/ops/index.ts';
import { onEachBackend } from '../support/backends.ts';
import { checkOp } from '../support/checkOp.ts';
import { build, get, type Reference, randomReference } from '../support/reference.ts';

const reference = (x: Reference, weight: Reference, bias?: Reference): Reference => {
  const [inputs, outputs] = weight.shape as [number, number];
  return build([...x.shape.slice(0, -1), outputs], (...at) => {
    const column = at.pop() as number;
    let sum = bias ? get(bias, column) : 0;
    for (let k = 0; k < inputs; k++) sum += get(x, ...at, k) * get(weight, k, column);
    return sum;
  });
};

onEachBackend('linear', () => {
  const small = fc.integer({ min: 1, max: 9 });
  it('is right for any shape, with and without bias', () => {
    fc.assert(
      fc.property(
        fc.array(small, { minLength: 1, maxLength: 3 }),
        small,
        small,
        fc.boolean(),
        (lead, n, m, hasBias) => {
          const inputs = [randomReference([...lead, n], 1), randomReference([n, m], 2)];
          if (hasBias) inputs.push(randomReference([m], 3));
          const op = (x: tf.Tensor, w: tf.Tensor, b?: tf.Tensor) => linear(x, w, b ?? null);
          checkOp({ op: op as (...args: tf.Tensor[]) => tf.Tensor, reference: reference as never, inputs });
        },
      ),
      { numRuns: 12, seed: 3 },
    );
  });

  it('is right for a vector', () => {
    const op = (x: tf.Tensor, w: tf.Tensor) => linear(x, w, null);
    const inputs = [randomReference([5], 1), randomReference([5, 3], 2)];
    checkOp({ op: op as (...args: tf.Tensor[]) => tf.Tensor, reference: reference as never, inputs });
  });

  it('hands NaN and infinity on', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([[Number.NaN, 1], [Number.POSITIVE_INFINITY, 1], [1, 1]]); // biome-ignore format: rows
      const y = linear(x, tf.ones([2, 2]), tf.zeros([2])).dataSync();
      expect(Array.from(y)).toEqual([NaN, NaN, Infinity, Infinity, 2, 2]);
    });
  });

  it('says which sizes do not fit', () => {
    tf.tidy(() => {
      expect(() => linear(tf.ones([2, 3]), tf.ones([4, 5]), null)).toThrow(/expected 4 features/);
      expect(() => linear(tf.ones([2, 4]), tf.ones([4, 5]), tf.ones([4]))).toThrow(/linear bias/);
      expect(() => linear(tf.ones([0, 4]), tf.ones([4, 5]), null)).toThrow(/at least one row/);
    });
  });
});
