import * as tf from '@tensorflow/tfjs-core';
import type { CLIPConfig } from '../../config/clipConfig.ts';
import { Linear } from '../../nn/layers/index.ts';
import { type Parameter, ParameterScope } from '../../nn/parameter.ts';
import { CLIPTextModel } from './clipTextModel.ts';
import { CLIPVisionModel } from './clipVisionModel.ts';
import { tokenStates } from './tokenStates.ts';

/** Files from before 2023 have this number where the end of the text has the highest one there is. */
const FORMER_EOS = 2;

/** transformers' `CLIPModel` (Radford et al. 2021): pictures and texts in one space. */
export class CLIPModel {
  readonly config: CLIPConfig;
  /** In transformers' names; texts, pictures and what joins them. */
  readonly parameters: Parameter[];
  readonly text: CLIPTextModel;
  readonly vision: CLIPVisionModel;
  /** Logarithm of what cosines are multiplied by in training. */
  readonly logitScale: Parameter;
  readonly #imageProjection: Linear;
  readonly #textProjection: Linear;

  /** Allocates nothing: weights come later. Fails with E_MODEL when the heads do not divide a width. */
  constructor(config: CLIPConfig) {
    const root = new ParameterScope();
    this.config = config;
    this.parameters = root.list;
    this.logitScale = root.add('logit_scale', [], 'plain');
    this.text = new CLIPTextModel(config.text, root);
    this.vision = new CLIPVisionModel(config.vision, root);
    const { projectionDim, text, vision } = config;
    this.#imageProjection = new Linear(root.at('visual_projection'), vision.hiddenSize, projectionDim, false);
    this.#textProjection = new Linear(root.at('text_projection'), text.hiddenSize, projectionDim, false);
  }

  /** Normalised pixels [B, S, S, 3] -> embeddings of length 1, [B, P] */
  embedImages(pixels: tf.Tensor4D): tf.Tensor2D {
    return tf.tidy(() => unitRows(this.#imageProjection.forward(this.vision.forward(pixels))));
  }

  /** Token ids [B][T], the end of each text among them -> embeddings of length 1, [B, P] */
  embedTexts(ids: readonly Int32Array[]): tf.Tensor2D {
    return tf.tidy(() => {
      const hidden = this.text.forward(tf.stack(ids.map(row => tf.tensor1d(row, 'int32'))) as tf.Tensor2D);
      const ends = Int32Array.from(ids, row => this.#endOf(row));
      return unitRows(this.#textProjection.forward(tokenStates(hidden, ends)));
    });
  }

  dispose(): void {
    for (const parameter of this.parameters) parameter.dispose();
  }

  /** Where transformers takes a text's state from: the first end token, or position 0 where there is none. */
  #endOf(ids: Int32Array): number {
    const { eosTokenId } = this.config;
    const wanted = eosTokenId === FORMER_EOS ? ids.reduce((max, id) => Math.max(max, id), 0) : eosTokenId;
    return Math.max(0, ids.indexOf(wanted));
  }
}

function unitRows(x: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(x, tf.rsqrt(tf.sum(tf.square(x), 1, true)));
}
