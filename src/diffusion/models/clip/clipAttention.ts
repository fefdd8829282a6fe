import * as tf from '@tensorflow/tfjs-core';
import { attention } from '../../../compute/ops/index.ts';
import { SweetspotError } from '../../../core/errors.ts';
import { Linear } from '../../nn/layers/index.ts';
import type { ParameterScope } from '../../nn/parameter.ts';

/** What files call the four linear layers. */
export interface AttentionNames {
  key: string;
  value: string;
  query: string;
  out: string;
}

/** transformers' `CLIPAttention` and `ViTAttention`: in the text encoder each token looks at itself and those before, in a picture at all. */
export class CLIPAttention {
  readonly #k: Linear;
  readonly #v: Linear;
  readonly #q: Linear;
  readonly #out: Linear;
  readonly #heads: number;
  readonly #causal: boolean;

  /** Fails with E_MODEL when the heads do not divide the width. */
  constructor(
    scope: ParameterScope,
    { key, value, query, out }: AttentionNames,
    { width, heads, causal }: { width: number; heads: number; causal: boolean },
  ) {
    if (width % heads !== 0) {
      throw new SweetspotError('E_MODEL', 'the attention heads do not divide the width', {
        place: scope.module,
        allowed: `hidden_size divisible by ${heads}`,
        got: `${width}`,
        hint: 'num_attention_heads in config.json must divide hidden_size.',
      });
    }
    this.#k = new Linear(scope.at(key), width, width);
    this.#v = new Linear(scope.at(value), width, width);
    this.#q = new Linear(scope.at(query), width, width);
    this.#out = new Linear(scope.at(out), width, width);
    this.#heads = heads;
    this.#causal = causal;
  }

  /** [B, T, C] -> [B, T, C] */
  forward(x: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => {
      const [q, k, v] = [this.#q.forward(x), this.#k.forward(x), this.#v.forward(x)];
      return this.#out.forward(attention(q, k, v, { heads: this.#heads, causal: this.#causal }));
    });
  }
}
