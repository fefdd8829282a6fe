import * as tf from '@tensorflow/tfjs-core';
import { GroupNorm } from '../../nn/layers/index.ts';
import type { ParameterScope } from '../../nn/parameter.ts';
import { Attention } from '../blocks/attention.ts';

export interface SpatialAttentionOptions {
  channels: number;
  heads: number;
  groups: number;
  eps: number;
}

/** The VAE's attention (diffusers' `Attention` with group norm and residual): every place looks at every place. */
export class SpatialAttention {
  readonly #norm: GroupNorm;
  readonly #attention: Attention;

  constructor(scope: ParameterScope, { channels, heads, groups, eps }: SpatialAttentionOptions) {
    this.#norm = new GroupNorm(scope.at('group_norm'), channels, groups, eps);
    this.#attention = new Attention(scope, { channels, contextChannels: channels, heads, bias: true });
  }

  /** [B, H, W, C] -> [B, H, W, C] */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      const [batch, height, width, channels] = x.shape;
      const places = tf.reshape(this.#norm.forward(x), [batch, height * width, channels]) as tf.Tensor3D;
      return tf.add<tf.Tensor4D>(tf.reshape(this.#attention.forward(places, places), x.shape), x);
    });
  }
}
