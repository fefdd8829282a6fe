import type * as tf from '@tensorflow/tfjs-core';
import { Conv2d } from '../../nn/layers/index.ts';
import type { ParameterScope } from '../../nn/parameter.ts';

/**
 * diffusers' `Downsample2D` with its convolution, 3x3 at stride 2. Padding 1 is around the picture; 0 stands for one row
 * and column of zeros at the bottom and the right, as the VAE's encoder has it.
 */
export class Downsample2D {
  readonly #conv: Conv2d;

  constructor(scope: ParameterScope, channels: number, padding: 0 | 1) {
    this.#conv = new Conv2d(scope.at('conv'), channels, channels, 3, {
      stride: 2,
      padding: padding === 0 ? [0, 1, 0, 1] : [1, 1, 1, 1],
    });
  }

  /** [B, H, W, C] -> [B, ceil(H / 2), ceil(W / 2), C], with padding 0 the halves are rounded down. */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.#conv.forward(x);
  }
}
