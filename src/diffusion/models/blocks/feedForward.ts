import * as tf from '@tensorflow/tfjs-core';
import { geglu } from '../../../compute/ops/index.ts';
import { Linear } from '../../nn/layers/index.ts';
import type { ParameterScope } from '../../nn/parameter.ts';

/** diffusers' `FeedForward` with GEGLU (Shazeer 2020): C -> 2 x 4C -> 4C -> C. */
export class FeedForward {
  readonly #proj: Linear;
  readonly #out: Linear;

  constructor(scope: ParameterScope, channels: number) {
    const inner = 4 * channels;
    this.#proj = new Linear(scope.at('net').at(0).at('proj'), channels, 2 * inner);
    this.#out = new Linear(scope.at('net').at(2), inner, channels);
  }

  /** [B, T, C] -> [B, T, C] */
  forward(x: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => this.#out.forward(geglu(this.#proj.forward(x)) as tf.Tensor3D));
  }
}
