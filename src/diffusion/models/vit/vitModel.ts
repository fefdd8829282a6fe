import * as tf from '@tensorflow/tfjs-core';
import type { ViTConfig } from '../../config/vitConfig.ts';
import { LayerNorm } from '../../nn/layers/index.ts';
import { type Parameter, ParameterScope } from '../../nn/parameter.ts';
import { CLIPEncoderLayer, type LayerNames } from '../clip/clipEncoderLayer.ts';
import { embedPatches, type PatchWeights, patchCount } from '../clip/patchEmbeddings.ts';
import { tokenStates } from '../clip/tokenStates.ts';

const VIT_LAYER: LayerNames = {
  key: 'attention.attention.key',
  value: 'attention.attention.value',
  query: 'attention.attention.query',
  out: 'attention.output.dense',
  norm1: 'layernorm_before',
  norm2: 'layernorm_after',
  fc1: 'intermediate.dense',
  fc2: 'output.dense',
};

/** transformers' `ViTModel` without its pooler (Dosovitskiy et al. 2021), as DINO's ViT-S/16 is published. */
export class ViTModel {
  readonly config: ViTConfig;
  /** In the names that files have on disk. */
  readonly parameters: Parameter[];
  readonly #weights: PatchWeights;
  readonly #layers: readonly CLIPEncoderLayer[];
  readonly #norm: LayerNorm;

  /** Allocates nothing: weights come later. Fails with E_MODEL when the heads do not divide the width. */
  constructor(config: ViTConfig) {
    const { hiddenSize, patchSize, numHiddenLayers, layerNormEps } = config;
    const root = new ParameterScope();
    const embeddings = root.at('embeddings');
    const projection = embeddings.at('patch_embeddings.projection');
    this.config = config;
    this.parameters = root.list;
    this.#weights = {
      classToken: embeddings.add('cls_token', [1, 1, hiddenSize], 'plain'),
      positions: embeddings.add('position_embeddings', [1, patchCount(config) + 1, hiddenSize], 'plain'),
      patch: projection.add('weight', [hiddenSize, 3, patchSize, patchSize], 'conv'),
      bias: projection.add('bias', [hiddenSize], 'plain'),
    };
    this.#layers = Array.from(
      { length: numHiddenLayers },
      (_, i) =>
        new CLIPEncoderLayer(root.at(`encoder.layer.${i}`), config, { causal: false, names: VIT_LAYER }),
    );
    this.#norm = new LayerNorm(root.at('layernorm'), hiddenSize, layerNormEps);
  }

  /** Normalised pixels [B, S, S, 3] -> the class token's last state, as it is, [B, C] */
  embedImages(pixels: tf.Tensor4D): tf.Tensor2D {
    return tf.tidy(() => {
      const embedded = embedPatches(pixels, this.config.imageSize, this.#weights);
      const hidden = this.#layers.reduce((x, layer) => layer.forward(x), embedded);
      return this.#norm.forward(tokenStates(hidden, new Int32Array(pixels.shape[0])));
    });
  }

  dispose(): void {
    for (const parameter of this.parameters) parameter.dispose();
  }
}
