import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../../src/compute/backend.ts';
import { type SinusoidOptions, sinusoid } from '../../../src/diffusion/models/unet/sinusoid.ts';

/** Rows 23 to 25, columns 47 to 49 of the embedding of t = 0 .. 127, published in diffusers' tests/models/test_layers_utils.py. */
const PUBLISHED: readonly { name: string; options: SinusoidOptions; slice: number[] }[] = [
  {
    name: 'frequencies down to the last, [sin, cos]',
    options: { flipSinToCos: false, freqShift: 1 },
    slice: [0.9646, 0.9804, 0.9892, 0.9615, 0.9787, 0.9882, 0.9582, 0.9769, 0.9872],
  },
  {
    name: 'as Stable Diffusion: [cos, sin], no shift',
    options: { flipSinToCos: true, freqShift: 0 },
    slice: [0.3019, 0.228, 0.1716, 0.3146, 0.2377, 0.179, 0.3272, 0.2474, 0.1864],
  },
  {
    name: 'scaled by 1000',
    options: { flipSinToCos: false, freqShift: 1, scale: 1000 },
    slice: [-0.9801, -0.9464, -0.9349, -0.3952, 0.8887, -0.9709, 0.5299, -0.2853, -0.9927],
  },
];

describe('sinusoid', () => {
  beforeAll(async () => {
    await initBackend();
  });

  it.each(PUBLISHED)('$name', ({ options, slice }) => {
    const ours = tf.tidy(() => [
      ...tf.slice2d(sinusoid(tf.range(0, 128), 64, options), [23, 47], [3, 3]).dataSync(),
    ]);
    for (const [i, value] of slice.entries())
      expect(Math.abs((ours[i] ?? Number.NaN) - value)).toBeLessThan(1e-4);
  });

  it('ends an odd width in a zero', () => {
    const ours = tf.tidy(() =>
      sinusoid(tf.tensor1d([5, 900]), 7, { flipSinToCos: true, freqShift: 0 }).arraySync(),
    );
    expect(ours.map(row => row.length)).toEqual([7, 7]);
    expect(ours.map(row => row[6])).toEqual([0, 0]);
    expect(ours[0]?.[0]).toBeCloseTo(Math.cos(5), 5);
    expect(ours[1]?.[3]).toBeCloseTo(Math.sin(900), 4);
  });
});
