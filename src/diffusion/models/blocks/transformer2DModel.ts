import * as tf from '@tensorflow/tfjs-core';
import { segment } from '../../../compute/tape.ts';
import { Conv2d, GroupNorm, Linear } from '../../nn/layers/index.ts';
import type { ParameterScope } from '../../nn/parameter.ts';
import { BasicTransformerBlock, type TransformerOptions } from './basicTransformerBlock.ts';

export interface Transformer2DOptions extends TransformerOptions {
  layers: number;
  groups: number;
  useLinearProjection: boolean;
}

/** The group norm of diffusers' `Transformer2DModel` does not follow the configuration. */
const GROUP_NORM_EPS = 1e-6;

/** diffusers' `Transformer2DModel` for pictures: norm, projection, transformer blocks over all places, projection, plus the input. */
export class Transformer2DModel {
  readonly #norm: GroupNorm;
  readonly #projIn: Conv2d | Linear;
  readonly #blocks: readonly BasicTransformerBlock[];
  readonly #projOut: Conv2d | Linear;

  constructor(scope: ParameterScope, options: Transformer2DOptions) {
    const { channels, layers, groups, useLinearProjection } = options;
    const projection = (name: string): Conv2d | Linear =>
      useLinearProjection
        ? new Linear(scope.at(name), channels, channels)
        : new Conv2d(scope.at(name), channels, channels, 1);
    this.#norm = new GroupNorm(scope.at('norm'), channels, groups, GROUP_NORM_EPS);
    this.#projIn = projection('proj_in');
    this.#blocks = Array.from(
      { length: layers },
      (_, i) => new BasicTransformerBlock(scope.at('transformer_blocks').at(i), options),
    );
    this.#projOut = projection('proj_out');
  }

  /** [B, H, W, C], context [B, S, X] or null -> [B, H, W, C] */
  forward(x: tf.Tensor4D, context: tf.Tensor3D | null): tf.Tensor4D {
    return segment([x, context], (x, context) => this.#forward(x, context));
  }

  #forward(x: tf.Tensor4D, context: tf.Tensor3D | null): tf.Tensor4D {
    return tf.tidy(() => {
      const [batch, height, width, channels] = x.shape;
      const places = tf.reshape(this.#projIn.forward(this.#norm.forward(x)), [
        batch,
        height * width,
        channels,
      ]);
      const seen = this.#blocks.reduce<tf.Tensor3D>(
        (hidden, block) => block.forward(hidden, context),
        places as tf.Tensor3D,
      );
      return tf.add<tf.Tensor4D>(this.#projOut.forward(tf.reshape<tf.Rank.R4>(seen, x.shape)), x);
    });
  }
}
