import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { embedding, upsampleNearest } from '../../../src/compute/ops/index.ts';
import { onEachBackend } from '../support/backends.ts';
import { checkOp, type OpCheck } from '../support/checkOp.ts';
import { build, get, type Reference, randomReference } from '../support/reference.ts';

type Four = [number, number, number, number];

const upsampleReference =
  (height: number, width: number) =>
  (x: Reference): Reference => {
    const [batch, h, w, channels] = x.shape as Four;
    return build([batch, height, width, channels], (...at) => {
      const [b, i, j, c] = at as Four;
      return get(x, b, Math.floor((i * h) / height), Math.floor((j * w) / width), c);
    });
  };

function checkUpsample(shape: Four, height: number, width: number): void {
  const op = (x: tf.Tensor) => upsampleNearest(x as tf.Tensor4D, [height, width]);
  checkOp({
    op,
    reference: upsampleReference(height, width),
    inputs: [randomReference(shape, 1)],
  } as OpCheck);
}

onEachBackend('upsampleNearest and embedding', () => {
  it.each<[Four, number, number]>([
    [[2, 3, 4, 5], 6, 8],
    [[3, 2, 5, 3], 4, 10],
    [[2, 3, 2, 4], 9, 4],
    [[2, 3, 4, 5], 3, 4],
    [[2, 3, 4, 3], 5, 7],
    [[2, 1, 4, 3], 4, 5],
  ])('upsampleNearest of %j to %i x %i', checkUpsample);

  it('upsampleNearest to any size', () => {
    const n = (min: number, max: number) => fc.integer({ min, max });
    fc.assert(
      fc.property(n(1, 3), n(1, 5), n(1, 5), n(1, 4), n(0, 6), n(0, 6), (b, h, w, c, dh, dw) =>
        checkUpsample([b, h, w, c], h + dh, w + dw),
      ),
      { numRuns: 12, seed: 10 },
    );
  });

  it('upsampleNearest does not shrink', () => {
    const x = tf.ones([1, 4, 4, 1]) as tf.Tensor4D;
    expect(() => upsampleNearest(x, [2, 4])).toThrow(/not below/);
    x.dispose();
  });

  it('embedding, with ids that come more than once', () => {
    const values = [1, 4, 1, 0, 1, 4];
    const ids = tf.tensor2d(values, [2, 3], 'int32');
    checkOp({
      op: table => embedding(table, ids),
      reference: table => build([2, 3, 7], (b, t, c) => get(table, values[(b as number) * 3 + (t as number)] as number, c as number)), // biome-ignore format: long
      inputs: [randomReference([5, 7], 1)],
    } as OpCheck);
    ids.dispose();
  });

  it('embedding refuses ids that are not in the table', () => {
    const table = tf.ones([5, 3]);
    for (const id of [5, -1]) {
      const ids = tf.tensor2d([0, id], [1, 2], 'int32');
      expect(() => embedding(table, ids)).toThrow(`expected 0 to 4, got ${id}`);
      ids.dispose();
    }
    table.dispose();
  });
});
