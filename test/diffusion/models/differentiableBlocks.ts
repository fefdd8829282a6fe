import * as tf from '@tensorflow/tfjs-core';
import { Downsample2D } from '../../../src/diffusion/models/blocks/downsample2D.ts';
import { FeedForward } from '../../../src/diffusion/models/blocks/feedForward.ts';
import { ResnetBlock2D } from '../../../src/diffusion/models/blocks/resnetBlock2D.ts';
import { Transformer2DModel } from '../../../src/diffusion/models/blocks/transformer2DModel.ts';
import { Upsample2D } from '../../../src/diffusion/models/blocks/upsample2D.ts';
import { CrossAttnDownBlock2D } from '../../../src/diffusion/models/unet/crossAttnDownBlock2D.ts';
import { CrossAttnUpBlock2D } from '../../../src/diffusion/models/unet/crossAttnUpBlock2D.ts';
import { DownBlock2D } from '../../../src/diffusion/models/unet/downBlock2D.ts';
import { TimestepEmbedding } from '../../../src/diffusion/models/unet/timestepEmbedding.ts';
import { UNetMidBlock2DCrossAttn } from '../../../src/diffusion/models/unet/unetMidBlock2DCrossAttn.ts';
import { UpBlock2D } from '../../../src/diffusion/models/unet/upBlock2D.ts';
import { DownEncoderBlock2D } from '../../../src/diffusion/models/vae/downEncoderBlock2D.ts';
import { UNetMidBlock2D } from '../../../src/diffusion/models/vae/unetMidBlock2D.ts';
import { UpDecoderBlock2D } from '../../../src/diffusion/models/vae/upDecoderBlock2D.ts';
import { four, ofModule, three, two } from './differentiable.ts';
import type { Differentiable } from './directionalDerivatives.ts';

const NORM = { groups: 2, eps: 1e-5 };
const LEVEL = { inChannels: 4, outChannels: 6, tembChannels: 5, layers: 1, ...NORM };
const DOWN = { ...LEVEL, addDownsample: true, downsamplePadding: 1 } as const;
const UP = { ...LEVEL, layers: 2, outChannels: 4, prevOutputChannels: 6, addUpsample: true };
const CROSS = { heads: 2, crossAttentionDim: 5, transformerLayers: 1, useLinearProjection: false };

/** All results of a down block in one vector. */
const joined = ({ hidden, skips }: { hidden: tf.Tensor; skips: tf.Tensor[] }) =>
  tf.concat([hidden, ...skips].map(x => tf.reshape(x, [-1])));

const X = [2, 4, 5, 4] as const;
const TEMB = [2, 5] as const;
const CONTEXT = [2, 3, 5] as const;

/** Every building block on a few values. */
export const DIFFERENTIABLE_BLOCKS: readonly [name: string, build: () => Differentiable][] = [
  [
    'ResnetBlock2D',
    () =>
      ofModule(
        s => new ResnetBlock2D(s, LEVEL),
        [X, TEMB],
        (m, [x, t]) => m.forward(four(x), two(t)),
      ),
  ],
  [
    'ResnetBlock2D without a shortcut, scaled',
    () =>
      ofModule(
        s => new ResnetBlock2D(s, { ...LEVEL, outChannels: 4, tembChannels: null, outputScaleFactor: 1.5 }),
        [X],
        (m, [x]) => m.forward(four(x), null),
      ),
  ],
  [
    'Downsample2D',
    () =>
      ofModule(
        s => new Downsample2D(s, 4, 1),
        [X],
        (m, [x]) => m.forward(four(x)),
      ),
  ],
  [
    'Downsample2D, asymmetric',
    () =>
      ofModule(
        s => new Downsample2D(s, 4, 0),
        [X],
        (m, [x]) => m.forward(four(x)),
      ),
  ],
  [
    'Upsample2D',
    () =>
      ofModule(
        s => new Upsample2D(s, 4),
        [X],
        (m, [x]) => m.forward(four(x)),
      ),
  ],
  [
    'Upsample2D to a given size',
    () =>
      ofModule(
        s => new Upsample2D(s, 4),
        [X],
        (m, [x]) => m.forward(four(x), [7, 9]),
      ),
  ],
  [
    'FeedForward',
    () =>
      ofModule(
        s => new FeedForward(s, 4),
        [[2, 3, 4]],
        (m, [x]) => m.forward(three(x)),
      ),
  ],
  [
    'Transformer2DModel',
    () =>
      ofModule(
        s => new Transformer2DModel(s, { ...CROSS, channels: 4, layers: 2, groups: 2 }),
        [X, CONTEXT],
        (m, [x, c]) => m.forward(four(x), three(c)),
      ),
  ],
  [
    'Transformer2DModel with linear projections',
    () =>
      ofModule(
        s =>
          new Transformer2DModel(s, {
            ...CROSS,
            channels: 4,
            layers: 1,
            groups: 2,
            useLinearProjection: true,
          }),
        [X, CONTEXT],
        (m, [x, c]) => m.forward(four(x), three(c)),
      ),
  ],
  [
    'TimestepEmbedding',
    () =>
      ofModule(
        s => new TimestepEmbedding(s, 4, 6),
        [[2, 4]],
        (m, [x]) => m.forward(two(x)),
      ),
  ],
  [
    'DownBlock2D',
    () =>
      ofModule(
        s => new DownBlock2D(s, DOWN),
        [X, TEMB],
        (m, [x, t]) => joined(m.forward(four(x), two(t))),
      ),
  ],
  [
    'CrossAttnDownBlock2D',
    () =>
      ofModule(
        s => new CrossAttnDownBlock2D(s, { ...DOWN, ...CROSS }),
        [X, TEMB, CONTEXT],
        (m, [x, t, c]) => joined(m.forward(four(x), two(t), three(c))),
      ),
  ],
  [
    'UNetMidBlock2DCrossAttn',
    () =>
      ofModule(
        s =>
          new UNetMidBlock2DCrossAttn(s, {
            ...NORM,
            ...CROSS,
            channels: 4,
            tembChannels: 5,
            outputScaleFactor: 1,
          }),
        [X, TEMB, CONTEXT],
        (m, [x, t, c]) => m.forward(four(x), two(t), three(c)),
      ),
  ],
  [
    'UpBlock2D to an odd size',
    () =>
      ofModule(
        s => new UpBlock2D(s, UP),
        [[2, 2, 3, 6], [2, 2, 3, 4], [2, 2, 3, 4], TEMB],
        (m, [x, a, b, t]) => m.forward(four(x), [four(a), four(b)], two(t), [3, 5]),
      ),
  ],
  [
    'CrossAttnUpBlock2D',
    () =>
      ofModule(
        s => new CrossAttnUpBlock2D(s, { ...UP, ...CROSS }),
        [[2, 2, 3, 6], [2, 2, 3, 4], [2, 2, 3, 4], TEMB, CONTEXT],
        (m, [x, a, b, t, c]) => m.forward(four(x), [four(a), four(b)], two(t), null, three(c)),
      ),
  ],
  [
    'DownEncoderBlock2D',
    () =>
      ofModule(
        s => new DownEncoderBlock2D(s, { ...DOWN, downsamplePadding: 0 }),
        [X],
        (m, [x]) => m.forward(four(x)),
      ),
  ],
  [
    'UpDecoderBlock2D',
    () =>
      ofModule(
        s => new UpDecoderBlock2D(s, UP),
        [X],
        (m, [x]) => m.forward(four(x)),
      ),
  ],
  [
    'UNetMidBlock2D',
    () =>
      ofModule(
        s => new UNetMidBlock2D(s, { ...NORM, channels: 4, tembChannels: null, attentionHeadDim: 4 }),
        [X],
        (m, [x]) => m.forward(four(x)),
      ),
  ],
];
