import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { conv2d } from '../../../src/compute/ops/index.ts';
import { onEachBackend } from '../support/backends.ts';
import { checkOp, type OpCheck } from '../support/checkOp.ts';
import { build, get, type Reference, randomReference } from '../support/reference.ts';

type Four = [number, number, number, number];

function reference(stride: number, [top, bottom, left, right]: Four) {
  return (x: Reference, filter: Reference, bias?: Reference): Reference => {
    const [batch, height, width, channels] = x.shape as Four;
    const [kh, kw, , outputs] = filter.shape as Four;
    const outHeight = Math.floor((height + top + bottom - kh) / stride) + 1;
    const outWidth = Math.floor((width + left + right - kw) / stride) + 1;
    return build([batch, outHeight, outWidth, outputs], (...at) => {
      const [b, i, j, o] = at as Four;
      let sum = bias ? get(bias, o) : 0;
      for (let di = 0; di < kh; di++) {
        for (let dj = 0; dj < kw; dj++) {
          const [y, z] = [i * stride + di - top, j * stride + dj - left];
          if (y < 0 || z < 0 || y >= height || z >= width) continue;
          for (let c = 0; c < channels; c++) sum += get(x, b, y, z, c) * get(filter, di, dj, c, o);
        }
      }
      return sum;
    });
  };
}

function check(shape: Four, filter: Four, stride: number, padding: Four, hasBias: boolean): void {
  const inputs = [randomReference(shape, 1), randomReference(filter, 2)];
  if (hasBias) inputs.push(randomReference([filter[3]], 3));
  const op = (x: tf.Tensor, f: tf.Tensor, b?: tf.Tensor) =>
    conv2d(x as tf.Tensor4D, f, b ?? null, { stride, padding });
  checkOp({ op, reference: reference(stride, padding), inputs } as OpCheck);
}

onEachBackend('conv2d', () => {
  it.each<[string, Four, Four, number, Four]>([
    ['3x3, same size', [2, 5, 7, 3], [3, 3, 3, 4], 1, [1, 1, 1, 1]],
    ['1x1', [3, 4, 3, 5], [1, 1, 5, 2], 1, [0, 0, 0, 0]],
    ['1x1 with stride', [2, 5, 6, 3], [1, 1, 3, 2], 2, [0, 0, 0, 0]],
    ["the UNet's downsampling", [2, 6, 8, 3], [3, 3, 3, 4], 2, [1, 1, 1, 1]],
    ["the UNet's downsampling of odd sizes", [2, 7, 5, 3], [3, 3, 3, 2], 2, [1, 1, 1, 1]],
    ["the VAE's downsampling", [2, 6, 8, 3], [3, 3, 3, 4], 2, [0, 1, 0, 1]],
    ["the VAE's downsampling of odd sizes", [2, 7, 5, 3], [3, 3, 3, 4], 2, [0, 1, 0, 1]],
    ['patches', [2, 6, 6, 3], [3, 3, 3, 4], 3, [0, 0, 0, 0]],
    ['patches with a rest', [2, 8, 7, 3], [3, 3, 3, 4], 3, [0, 0, 0, 0]],
    ['more padding than the filter', [2, 3, 3, 2], [2, 2, 2, 3], 1, [2, 1, 3, 0]],
    ['one picture', [1, 5, 4, 3], [3, 3, 3, 4], 1, [1, 1, 1, 1]],
  ])('%s', (_, shape, filter, stride, padding) => {
    check(shape, filter, stride, padding, true);
  });

  it('is right for any geometry', () => {
    const n = (min: number, max: number) => fc.integer({ min, max });
    const shape = fc.tuple(n(1, 3), n(3, 7), n(3, 7), n(1, 5));
    const pads = fc.tuple(n(0, 2), n(0, 2), n(0, 2), n(0, 2));
    fc.assert(
      fc.property(
        shape,
        n(1, 3),
        n(1, 3),
        n(1, 6),
        n(1, 3),
        pads,
        fc.boolean(),
        (s, kh, kw, o, stride, pad, bias) => check(s, [kh, kw, s[3], o], stride, pad, bias),
      ),
      { numRuns: 25, seed: 4 },
    );
  });

  it('hands NaN on', () => {
    tf.tidy(() => {
      const x = tf.fill([1, 2, 2, 1], Number.NaN) as tf.Tensor4D;
      const y = conv2d(x, tf.ones([1, 1, 1, 2]), null, { stride: 1, padding: [0, 0, 0, 0] });
      expect(Array.from(y.dataSync())).toEqual(Array(8).fill(Number.NaN));
    });
  });

  it('says which channels do not fit', () => {
    tf.tidy(() => {
      const x = tf.ones([1, 4, 4, 3]) as tf.Tensor4D;
      const options = { stride: 1, padding: [1, 1, 1, 1] } as { stride: number; padding: Four };
      expect(() => conv2d(x, tf.ones([3, 3, 4, 2]), null, options)).toThrow(/expected 4 channels/);
      expect(() => conv2d(x, tf.ones([3, 3, 3, 2]), tf.ones([3]), options)).toThrow(/conv2d bias/);
    });
  });
});
