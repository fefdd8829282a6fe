import * as tf from '@tensorflow/tfjs-core';
import type { CLIPVisionConfig } from '../../config/clipConfig.ts';
import { LayerNorm } from '../../nn/layers/index.ts';
import type { ParameterScope } from '../../nn/parameter.ts';
import { CLIPEncoderLayer } from './clipEncoderLayer.ts';
import { embedPatches, type PatchWeights, patchCount } from './patchEmbeddings.ts';
import { tokenStates } from './tokenStates.ts';

/** transformers' `CLIPVisionModel`: a picture to the state of its class token. */
export class CLIPVisionModel {
  readonly config: CLIPVisionConfig;
  readonly #weights: PatchWeights;
  readonly #preNorm: LayerNorm;
  readonly #layers: readonly CLIPEncoderLayer[];
  readonly #postNorm: LayerNorm;

  /** Allocates nothing: weights come later. Fails with E_MODEL when the heads do not divide the width. */
  constructor(config: CLIPVisionConfig, root: ParameterScope) {
    const { hiddenSize, patchSize, numHiddenLayers, layerNormEps } = config;
    const scope = root.at('vision_model');
    const embeddings = scope.at('embeddings');
    this.config = config;
    this.#weights = {
      classToken: embeddings.add('class_embedding', [hiddenSize], 'plain'),
      patch: embeddings.at('patch_embedding').add('weight', [hiddenSize, 3, patchSize, patchSize], 'conv'),
      bias: null,
      positions: embeddings
        .at('position_embedding')
        .add('weight', [patchCount(config) + 1, hiddenSize], 'plain'),
    };
    // The name is transformers' own, with its slip.
    this.#preNorm = new LayerNorm(scope.at('pre_layrnorm'), hiddenSize, layerNormEps);
    this.#layers = Array.from(
      { length: numHiddenLayers },
      (_, i) => new CLIPEncoderLayer(scope.at('encoder').at('layers').at(i), config, { causal: false }),
    );
    this.#postNorm = new LayerNorm(scope.at('post_layernorm'), hiddenSize, layerNormEps);
  }

  /** Normalised pixels [B, S, S, 3] -> pooled output [B, C] */
  forward(pixels: tf.Tensor4D): tf.Tensor2D {
    return tf.tidy(() => {
      const embedded = this.#preNorm.forward(embedPatches(pixels, this.config.imageSize, this.#weights));
      const hidden = this.#layers.reduce((x, layer) => layer.forward(x), embedded);
      return this.#postNorm.forward(tokenStates(hidden, new Int32Array(pixels.shape[0])));
    });
  }
}
