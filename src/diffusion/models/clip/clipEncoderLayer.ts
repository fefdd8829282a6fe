import * as tf from '@tensorflow/tfjs-core';
import { segment } from '../../../compute/tape.ts';
import type { CLIPTextConfig } from '../../config/clipTextConfig.ts';
import { LayerNorm } from '../../nn/layers/index.ts';
import type { ParameterScope } from '../../nn/parameter.ts';
import { CLIPAttention } from './clipAttention.ts';
import { CLIPMLP } from './clipMLP.ts';

/** transformers' `CLIPEncoderLayer`: attention and MLP, each behind its layer norm and added. */
export class CLIPEncoderLayer {
  readonly #attention: CLIPAttention;
  readonly #norm1: LayerNorm;
  readonly #mlp: CLIPMLP;
  readonly #norm2: LayerNorm;

  constructor(scope: ParameterScope, config: CLIPTextConfig) {
    const { hiddenSize, numAttentionHeads, layerNormEps } = config;
    this.#attention = new CLIPAttention(scope.at('self_attn'), hiddenSize, numAttentionHeads);
    this.#norm1 = new LayerNorm(scope.at('layer_norm1'), hiddenSize, layerNormEps);
    this.#mlp = new CLIPMLP(scope.at('mlp'), config);
    this.#norm2 = new LayerNorm(scope.at('layer_norm2'), hiddenSize, layerNormEps);
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
