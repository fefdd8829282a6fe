import * as tf from '@tensorflow/tfjs-core';
import { upsampleNearest } from '../../../compute/ops/index.ts';
import { Conv2d } from '../../nn/layers/index.ts';
import type { ParameterScope } from '../../nn/parameter.ts';

/** Height and width. */
export type Size = readonly [number, number];

/** diffusers' `Upsample2D` with its convolution: nearest neighbour, then 3x3. */
export class Upsample2D {
  readonly #conv: Conv2d;

  constructor(scope: ParameterScope, channels: number) {
    this.#conv = new Conv2d(scope.at('conv'), channels, channels, 3);
  }

  /** [B, H, W, C] -> [B, ...size, C]; twice the size when none is given. */
  forward(x: tf.Tensor4D, size: Size | null = null): tf.Tensor4D {
    return tf.tidy(() => {
      const [height, width] = size ?? [2 * x.shape[1], 2 * x.shape[2]];
      return this.#conv.forward(upsampleNearest(x, [height, width]));
    });
  }
}
