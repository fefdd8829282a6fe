import * as tf from '@tensorflow/tfjs-core';
import { attention } from '../../../compute/ops/index.ts';
import { SweetspotError } from '../../../core/errors.ts';
import { Linear } from '../../nn/layers/index.ts';
import type { ParameterScope } from '../../nn/parameter.ts';

export interface AttentionOptions {
  /** Channels of what asks, and of the result. */
  channels: number;
  /** Channels of what is looked at. */
  contextChannels: number;
  heads: number;
  /** Whether queries, keys and values have a bias; the output always has. */
  bias: boolean;
}

/** diffusers' `Attention`: multi-head scaled dot product attention with projections. */
export class Attention {
  readonly #toQ: Linear;
  readonly #toK: Linear;
  readonly #toV: Linear;
  readonly #toOut: Linear;
  readonly #heads: number;

  /** Fails with E_MODEL when the heads do not divide the channels. */
  constructor(scope: ParameterScope, { channels, contextChannels, heads, bias }: AttentionOptions) {
    if (channels % heads !== 0) {
      throw new SweetspotError('E_MODEL', 'the attention heads do not divide the channels', {
        place: scope.module,
        allowed: `channels divisible by ${heads}`,
        got: `${channels}`,
        hint: 'attention_head_dim in config.json is the number of heads; each must divide its block_out_channels.',
      });
    }
    this.#toQ = new Linear(scope.at('to_q'), channels, channels, bias);
    this.#toK = new Linear(scope.at('to_k'), contextChannels, channels, bias);
    this.#toV = new Linear(scope.at('to_v'), contextChannels, channels, bias);
    this.#toOut = new Linear(scope.at('to_out').at(0), channels, channels);
    this.#heads = heads;
  }

  /** [B, T, C], context [B, S, X] -> [B, T, C] */
  forward(x: tf.Tensor3D, context: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => {
      const q = this.#toQ.forward(x);
      const k = this.#toK.forward(context);
      const v = this.#toV.forward(context);
      return this.#toOut.forward(attention(q, k, v, { heads: this.#heads, causal: false }));
    });
  }
}
