import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { groupNorm, layerNorm } from '../../../src/compute/ops/index.ts';
import { onEachBackend } from '../support/backends.ts';
import { checkOp, expectClose, type OpCheck } from '../support/checkOp.ts';
import { build, get, type Reference, randomReference, sigmoid, sizeOf } from '../support/reference.ts';

interface Options {
  groups: number;
  eps: number;
  silu: boolean;
}

const moments = (values: number[]): [mean: number, variance: number] => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return [mean, values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length];
};

const groupNormReference =
  ({ groups, eps, silu }: Options) =>
  (x: Reference, gamma: Reference, beta: Reference): Reference => {
    const batch = x.shape[0] as number;
    const channels = x.shape[x.shape.length - 1] as number;
    const per = channels / groups;
    const flat = { shape: [batch, sizeOf(x.shape) / batch / channels, channels], data: x.data };
    const stats = Array.from({ length: batch }, (_, b) =>
      Array.from(
        { length: groups },
        (_, g) =>
        moments([...build([flat.shape[1] as number, per], (s, c) => get(flat, b, s as number, g * per + (c as number))).data]), // biome-ignore format: long
      ),
    );
    const y = build(flat.shape, (...at) => {
      const [b, s, c] = at as [number, number, number];
      const [mean, variance] = (stats[b] ?? [])[Math.floor(c / per)] as [number, number];
      const z = ((get(flat, b, s, c) - mean) / Math.sqrt(variance + eps)) * get(gamma, c) + get(beta, c);
      return silu ? z * sigmoid(z) : z;
    });
    return { shape: x.shape, data: y.data };
  };

const layerNormReference =
  (eps: number) =>
  (x: Reference, gamma: Reference, beta: Reference): Reference => {
    const channels = x.shape[x.shape.length - 1] as number;
    return build(x.shape, (...at) => {
      const c = at.pop() as number;
      const [mean, variance] = moments(Array.from({ length: channels }, (_, i) => get(x, ...at, i)));
      return ((get(x, ...at, c) - mean) / Math.sqrt(variance + eps)) * get(gamma, c) + get(beta, c);
    });
  };

const n = (min: number, max: number) => fc.integer({ min, max });

onEachBackend('norms', () => {
  it('groupNorm of any shape', () => {
    const middles = fc.array(n(1, 5), { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(n(1, 3), middles, n(1, 4), n(2, 3), fc.boolean(), (batch, middle, groups, per, silu) => {
        const options = { groups, eps: 0.1, silu };
        const channels = groups * per;
        checkOp({
          op: (x, gamma, beta) => groupNorm(x, gamma, beta, options),
          reference: groupNormReference(options),
          inputs: [
            randomReference([batch, ...middle, channels], 1, 2),
            randomReference([channels], 2),
            randomReference([channels], 3),
          ],
          // Gradients of few values nearly cancel.
          tolerance: 2e-5,
        } as OpCheck);
      }),
      { numRuns: 14, seed: 5 },
    );
  });

  it('layerNorm of any shape', () => {
    fc.assert(
      fc.property(fc.array(n(1, 5), { minLength: 1, maxLength: 2 }), n(2, 9), (lead, channels) => {
        checkOp({
          op: (x, gamma, beta) => layerNorm(x, gamma, beta, { eps: 0.1 }),
          reference: layerNormReference(0.1),
          inputs: [
            randomReference([...lead, channels], 1, 2),
            randomReference([channels], 2),
            randomReference([channels], 3),
          ],
          // Gradients of few values nearly cancel.
          tolerance: 2e-5,
        } as OpCheck);
      }),
      { numRuns: 10, seed: 6 },
    );
  });

  it('keep their precision far from zero', () => {
    const spread = randomReference([2, 3, 8], 1);
    const x = { shape: spread.shape, data: spread.data.map(v => Math.fround(1000 + v)) };
    const [gamma, beta] = [randomReference([8], 2), randomReference([8], 3)];
    const options = { groups: 2, eps: 1e-5, silu: false };
    const tensors = () =>
      [x, gamma, beta].map(({ shape, data }) => tf.tensor(Float32Array.from(data), shape));
    tf.tidy(() => {
      const [a, b, c] = tensors() as [tf.Tensor, tf.Tensor, tf.Tensor];
      expectClose(
        groupNorm(a, b, c, options).dataSync(),
        groupNormReference(options)(x, gamma, beta).data,
        5e-4,
        'groupNorm',
      );
      expectClose(
        layerNorm(a, b, c, { eps: 1e-5 }).dataSync(),
        layerNormReference(1e-5)(x, gamma, beta).data,
        5e-4,
        'layerNorm',
      );
    });
  });

  it('say which sizes do not fit', () => {
    tf.tidy(() => {
      const [x, six, four] = [tf.ones([2, 3, 6]), tf.ones([6]), tf.ones([4])];
      expect(() => groupNorm(x, six, six, { groups: 4, eps: 1e-5, silu: false })).toThrow(
        /divisible by 4 groups/,
      );
      expect(() => groupNorm(x, four, six, { groups: 3, eps: 1e-5, silu: false })).toThrow(/groupNorm gamma/);
      expect(() => layerNorm(x, six, four, { eps: 1e-5 })).toThrow(/layerNorm beta/);
    });
  });
});
