import * as tf from '@tensorflow/tfjs-core';
import { gelu, quickGelu } from '../../../compute/ops/index.ts';
import type { CLIPTransformerConfig } from '../../config/clipTextConfig.ts';
import { Linear } from '../../nn/layers/index.ts';
import type { ParameterScope } from '../../nn/parameter.ts';

/** transformers' `CLIPMLP`, and the two halves of a ViT's. */
export class CLIPMLP {
  readonly #fc1: Linear;
  readonly #fc2: Linear;
  readonly #activation: CLIPTransformerConfig['hiddenAct'];

  constructor(
    scope: ParameterScope,
    names: { fc1: string; fc2: string },
    { hiddenSize, intermediateSize, hiddenAct }: CLIPTransformerConfig,
  ) {
    this.#fc1 = new Linear(scope.at(names.fc1), hiddenSize, intermediateSize);
    this.#fc2 = new Linear(scope.at(names.fc2), intermediateSize, hiddenSize);
    this.#activation = hiddenAct;
  }

  /** [B, T, C] -> [B, T, C] */
  forward(x: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => {
      const inner = this.#fc1.forward(x);
      return this.#fc2.forward(this.#activation === 'gelu' ? gelu(inner) : quickGelu(inner));
    });
  }
}
