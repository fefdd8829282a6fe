import * as tf from '@tensorflow/tfjs-core';
import type { CompiledFunction } from '../../../compute/graph/compiledFunction.ts';
import { inBranches } from '../../../compute/graph/tracing.ts';
import { SweetspotError } from '../../../core/errors.ts';
import type { CLIPTextConfig } from '../../config/clipTextConfig.ts';
import { compiledModel } from '../../nn/compiledModel.ts';
import { Embedding, LayerNorm } from '../../nn/layers/index.ts';
import { type Parameter, ParameterScope } from '../../nn/parameter.ts';
import { CLIPEncoderLayer } from './clipEncoderLayer.ts';

/** transformers' `CLIPTextModel`: token ids to one vector a token. */
export class CLIPTextModel {
  readonly config: CLIPTextConfig;
  /** In torch's constructor order; names with the `text_model.` that files on disk have. */
  readonly parameters: Parameter[];
  readonly #tokens: Embedding;
  readonly #positions: Embedding;
  readonly #layers: readonly CLIPEncoderLayer[];
  readonly #finalNorm: LayerNorm;
  readonly #compiled: CompiledFunction;

  /**
   * Allocates nothing: weights come later. Fails with E_MODEL when the heads do not divide the width.
   * @param root where its parameters are collected, when it is part of a whole CLIP
   */
  constructor(config: CLIPTextConfig, root = new ParameterScope()) {
    const { vocabSize, hiddenSize, maxPositionEmbeddings, numHiddenLayers, layerNormEps } = config;
    const scope = root.at('text_model');
    const before = root.list.length;
    this.config = config;
    this.#tokens = new Embedding(scope.at('embeddings').at('token_embedding'), vocabSize, hiddenSize);
    this.#positions = new Embedding(
      scope.at('embeddings').at('position_embedding'),
      maxPositionEmbeddings,
      hiddenSize,
    );
    this.#layers = Array.from(
      { length: numHiddenLayers },
      (_, i) => new CLIPEncoderLayer(scope.at('encoder').at('layers').at(i), config, { causal: true }),
    );
    this.#finalNorm = new LayerNorm(scope.at('final_layer_norm'), hiddenSize, layerNormEps);
    this.parameters = root.list.slice(before);
    this.#compiled = compiledModel('the text encoder', this, ({ ids }) => ({
      states: this.forward(ids as tf.Tensor2D),
    }));
  }

  /** The table of token embeddings, [vocab_size, C]. */
  get tokenEmbeddings(): Parameter {
    return this.#tokens.weight;
  }

  /**
   * Token ids, int32 [B, T] -> last hidden state [B, T, C]. Fails with E_TOKENIZER when there are more tokens than positions.
   * @param change what the rows of the table, [B, T, C], are turned into before they are used
   */
  forward(ids: tf.Tensor2D, change: (tokens: tf.Tensor3D) => tf.Tensor3D = tokens => tokens): tf.Tensor3D {
    const length = ids.shape[1];
    if (length > this.config.maxPositionEmbeddings) {
      throw new SweetspotError('E_TOKENIZER', 'the text encoder has too few positions for the tokens', {
        allowed: `at most ${this.config.maxPositionEmbeddings} tokens`,
        got: `${length}`,
        hint: 'model_max_length of the tokenizer must not exceed max_position_embeddings of the text encoder.',
      });
    }
    return tf.tidy(() => {
      const positions = tf.slice(this.#positions.weight.value as tf.Tensor2D, [0, 0], [length, -1]);
      const embedded = tf.add<tf.Tensor3D>(change(this.#tokens.forward(ids)), tf.expandDims(positions, 0));
      return inBranches([embedded], some => {
        const hidden = this.#layers.reduce((x, layer) => layer.forward(x), some as tf.Tensor3D);
        return this.#finalNorm.forward(hidden);
      });
    });
  }

  /** {@link forward} without a gradient, as one graph where the backend has graphs. */
  infer(ids: tf.Tensor2D): tf.Tensor3D {
    return this.#compiled.run({ ids }).states as tf.Tensor3D;
  }

  /** Frees what {@link infer} keeps; the weights stay. */
  forgetGraphs(): void {
    this.#compiled.dispose();
  }

  dispose(): void {
    this.forgetGraphs();
    for (const parameter of this.parameters) parameter.dispose();
  }
}
