import * as tf from '@tensorflow/tfjs-core';
import { attention } from '../../../compute/ops/index.ts';
import { SweetspotError } from '../../../core/errors.ts';
import { Linear } from '../../nn/layers/index.ts';
import type { ParameterScope } from '../../nn/parameter.ts';

/** transformers' `CLIPAttention` as the text encoder uses it: each token looks at itself and those before. */
export class CLIPAttention {
  readonly #k: Linear;
  readonly #v: Linear;
  readonly #q: Linear;
  readonly #out: Linear;
  readonly #heads: number;

  /** Fails with E_MODEL when the heads do not divide the width. */
  constructor(scope: ParameterScope, width: number, heads: number) {
    if (width % heads !== 0) {
      throw new SweetspotError('E_MODEL', 'the attention heads do not divide the width', {
        place: scope.module,
        allowed: `hidden_size divisible by ${heads}`,
        got: `${width}`,
        hint: 'num_attention_heads in config.json must divide hidden_size.',
      });
    }
    this.#k = new Linear(scope.at('k_proj'), width, width);
    this.#v = new Linear(scope.at('v_proj'), width, width);
    this.#q = new Linear(scope.at('q_proj'), width, width);
    this.#out = new Linear(scope.at('out_proj'), width, width);
    this.#heads = heads;
  }

  /** [B, T, C] -> [B, T, C] */
  forward(x: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => {
      const [q, k, v] = [this.#q.forward(x), this.#k.forward(x), this.#v.forward(x)];
      return this.#out.forward(attention(q, k, v, { heads: this.#heads, causal: true }));
    });
  }
}
