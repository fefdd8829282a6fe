import * as tf from '@tensorflow/tfjs-core';
import { segment } from '../../../compute/tape.ts';
import type { CLIPTransformerConfig } from '../../config/clipTextConfig.ts';
import { LayerNorm } from '../../nn/layers/index.ts';
import type { ParameterScope } from '../../nn/parameter.ts';
import { type AttentionNames, CLIPAttention } from './clipAttention.ts';
import { CLIPMLP } from './clipMLP.ts';

/** What files call the parts of a layer. */
export interface LayerNames extends AttentionNames {
  norm1: string;
  norm2: string;
  fc1: string;
  fc2: string;
}

interface LayerOptions {
  /** Whether a token sees only itself and those before it. */
  causal: boolean;
  /** Default: CLIP's. */
  names?: LayerNames;
}

const CLIP_LAYER: LayerNames = {
  key: 'self_attn.k_proj',
  value: 'self_attn.v_proj',
  query: 'self_attn.q_proj',
  out: 'self_attn.out_proj',
  norm1: 'layer_norm1',
  norm2: 'layer_norm2',
  fc1: 'mlp.fc1',
  fc2: 'mlp.fc2',
};

/** transformers' `CLIPEncoderLayer`: attention and MLP, each behind its layer norm and added. */
export class CLIPEncoderLayer {
  readonly #attention: CLIPAttention;
  readonly #norm1: LayerNorm;
  readonly #mlp: CLIPMLP;
  readonly #norm2: LayerNorm;

  constructor(
    scope: ParameterScope,
    config: CLIPTransformerConfig,
    { causal, names = CLIP_LAYER }: LayerOptions,
  ) {
    const { hiddenSize, numAttentionHeads, layerNormEps } = config;
    const attention = { width: hiddenSize, heads: numAttentionHeads, causal };
    this.#attention = new CLIPAttention(scope, names, attention);
    this.#norm1 = new LayerNorm(scope.at(names.norm1), hiddenSize, layerNormEps);
    this.#mlp = new CLIPMLP(scope, names, config);
    this.#norm2 = new LayerNorm(scope.at(names.norm2), hiddenSize, layerNormEps);
  }

  /** [B, T, C] -> [B, T, C] */
  forward(x: tf.Tensor3D): tf.Tensor3D {
    return segment([x], x => this.#forward(x));
  }

  #forward(x: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => {
      const attended = tf.add<tf.Tensor3D>(x, this.#attention.forward(this.#norm1.forward(x)));
      return tf.add<tf.Tensor3D>(attended, this.#mlp.forward(this.#norm2.forward(attended)));
    });
  }
}
