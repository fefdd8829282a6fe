import * as tf from '@tensorflow/tfjs-core';
import { LayerNorm } from '../../nn/layers/index.ts';
import type { ParameterScope } from '../../nn/parameter.ts';
import { Attention } from './attention.ts';
import { FeedForward } from './feedForward.ts';

export interface TransformerOptions {
  channels: number;
  heads: number;
  /** Channels of the text embedding; null leaves the cross attention out. */
  crossAttentionDim: number | null;
}

/** Layer norms of the transformer have torch's default eps, whatever the configuration says of the others. */
const LAYER_NORM_EPS = 1e-5;

/** diffusers' `BasicTransformerBlock`: self attention, cross attention, feed-forward, each behind a layer norm and added. */
export class BasicTransformerBlock {
  readonly #norm1: LayerNorm;
  readonly #attn1: Attention;
  readonly #cross: { norm: LayerNorm; attention: Attention } | null;
  readonly #norm3: LayerNorm;
  readonly #ff: FeedForward;

  constructor(scope: ParameterScope, { channels, heads, crossAttentionDim }: TransformerOptions) {
    const shape = { channels, heads, bias: false };
    this.#norm1 = new LayerNorm(scope.at('norm1'), channels, LAYER_NORM_EPS);
    this.#attn1 = new Attention(scope.at('attn1'), { ...shape, contextChannels: channels });
    this.#cross =
      crossAttentionDim === null
        ? null
        : {
            norm: new LayerNorm(scope.at('norm2'), channels, LAYER_NORM_EPS),
            attention: new Attention(scope.at('attn2'), { ...shape, contextChannels: crossAttentionDim }),
          };
    this.#norm3 = new LayerNorm(scope.at('norm3'), channels, LAYER_NORM_EPS);
    this.#ff = new FeedForward(scope.at('ff'), channels);
  }

  /** [B, T, C], context [B, S, X] -> [B, T, C]; without a context the cross attention looks at its own input. */
  forward(x: tf.Tensor3D, context: tf.Tensor3D | null): tf.Tensor3D {
    return tf.tidy(() => {
      const looked = this.#norm1.forward(x);
      const self = tf.add<tf.Tensor3D>(x, this.#attn1.forward(looked, looked));
      const crossed = this.#crossAttend(self, context);
      return tf.add<tf.Tensor3D>(crossed, this.#ff.forward(this.#norm3.forward(crossed)));
    });
  }

  #crossAttend(x: tf.Tensor3D, context: tf.Tensor3D | null): tf.Tensor3D {
    if (!this.#cross) return x;
    const asking = this.#cross.norm.forward(x);
    return tf.add(x, this.#cross.attention.forward(asking, context ?? asking));
  }
}
