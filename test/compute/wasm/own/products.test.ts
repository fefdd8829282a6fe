import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWith, stopBackend } from '../../support/backends.ts';
import { expectClose } from '../../support/checkOp.ts';
import { randomReference } from '../../support/reference.ts';

/** a · b in double precision; `[count, m, k]` and `[count, k, n]`, each stored transposed if so. */
function reference(
  a: Float64Array,
  b: Float64Array,
  [count, m, k, n]: [number, number, number, number],
  [transposeA, transposeB]: [boolean, boolean],
  [oneA, oneB]: [boolean, boolean],
): Float64Array {
  const out = new Float64Array(count * m * n);
  for (let item = 0; item < count; item++) {
    const [a0, b0] = [oneA ? 0 : item * m * k, oneB ? 0 : item * k * n];
    for (let i = 0; i < m; i++) {
      for (let t = 0; t < k; t++) {
        const left = a[a0 + (transposeA ? t * m + i : i * k + t)] as number;
        for (let j = 0; j < n; j++) {
          const at = (item * m + i) * n + j;
          out[at] = (out[at] as number) + left * (b[b0 + (transposeB ? j * k + t : t * n + j)] as number);
        }
      }
    }
  }
  return out;
}

describe.each([1, 3])('products on %d threads', threads => {
  beforeAll(async () => {
    await startWith('wasm', 'own', threads);
  });
  afterAll(stopBackend);

  function check(
    size: [number, number, number, number],
    transposed: [boolean, boolean],
    shared: [boolean, boolean],
  ): void {
    const [count, m, k, n] = size;
    const batch = (one: boolean) => (one ? [1] : [count]);
    const a = randomReference([...batch(shared[0]), ...(transposed[0] ? [k, m] : [m, k])], 1);
    const b = randomReference([...batch(shared[1]), ...(transposed[1] ? [n, k] : [k, n])], 2);
    tf.tidy(() => {
      const [ta, tb] = [a, b].map(({ shape, data }) =>
        tf.tensor3d(Float32Array.from(data), shape as [number, number, number]),
      ) as [tf.Tensor3D, tf.Tensor3D];
      const product = tf.matMul(ta, tb, ...transposed);
      const items = shared[0] && shared[1] ? 1 : count;
      expect(product.shape).toEqual([items, m, n]);
      const wanted = reference(a.data, b.data, [items, m, k, n], transposed, shared);
      expectClose(product.dataSync(), wanted, 3e-6, 'product');
    });
  }

  it('are right for any shape, transpose and batch', () => {
    const small = fc.integer({ min: 1, max: 40 });
    const flags = fc.tuple(fc.boolean(), fc.boolean());
    fc.assert(
      fc.property(fc.tuple(fc.integer({ min: 1, max: 4 }), small, small, small), flags, flags, check),
      { numRuns: 60, seed: 21 },
    );
  });

  it.each<[string, [number, number, number, number]]>([
    ['more rows than a block', [1, 211, 37, 45]],
    ['more terms than a block', [1, 29, 801, 21]],
    ['more columns than a block', [1, 13, 30, 803]],
    ['several blocks of everything', [1, 101, 402, 397]],
    ['one row', [1, 1, 513, 390]],
    ['one column', [3, 200, 100, 1]],
  ])('are right with %s', (_, size) => {
    for (const a of [false, true]) for (const b of [false, true]) check(size, [a, b], [false, false]);
  });

  it('of nothing are zeros or nothing', () => {
    tf.tidy(() => {
      const none = tf.matMul(tf.zeros([3, 0]), tf.zeros([0, 2]));
      expect(Array.from(none.dataSync())).toEqual([0, 0, 0, 0, 0, 0]);
      expect(tf.matMul(tf.zeros([0, 4]), tf.ones([4, 2])).shape).toEqual([0, 2]);
      expect(tf.matMul(tf.zeros([2, 4]), tf.ones([4, 0])).shape).toEqual([2, 0]);
    });
  });

  it('broadcast batches as the stock kernel does', () => {
    tf.tidy(() => {
      const a = tf.randomNormal([2, 1, 3, 4], 0, 1, 'float32', 1);
      const b = tf.randomNormal([1, 5, 4, 2], 0, 1, 'float32', 2);
      const y = tf.matMul(a, b);
      expect(y.shape).toEqual([2, 5, 3, 2]);
      const part = (x: tf.Tensor, at: number[], rows: number, columns: number) =>
        tf.reshape(tf.slice(x, [...at, 0, 0], [1, 1, rows, columns]), [rows, columns]) as tf.Tensor2D;
      const wanted = [0, 1].flatMap(i =>
        [0, 1, 2, 3, 4].flatMap(j =>
          Array.from(tf.matMul(part(a, [i, 0], 3, 4), part(b, [0, j], 4, 2)).dataSync()),
        ),
      );
      expectClose(y.dataSync(), wanted, 1e-6, 'product');
    });
  });

  it('hand NaN and infinity on to their own rows only', () => {
    tf.tidy(() => {
      const a = tf.tensor2d([Number.NaN, 1, 2, 3, Number.POSITIVE_INFINITY, 1], [3, 2]);
      const y = Array.from(tf.matMul(a, tf.ones([2, 2])).dataSync());
      expect(y).toEqual([Number.NaN, Number.NaN, 5, 5, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    });
  });
});
