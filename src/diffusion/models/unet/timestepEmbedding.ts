import * as tf from '@tensorflow/tfjs-core';
import { silu } from '../../../compute/ops/index.ts';
import { Linear } from '../../nn/layers/index.ts';
import type { ParameterScope } from '../../nn/parameter.ts';

/** diffusers' `TimestepEmbedding`: linear, SiLU, linear. */
export class TimestepEmbedding {
  readonly #linear1: Linear;
  readonly #linear2: Linear;

  constructor(scope: ParameterScope, inFeatures: number, outFeatures: number) {
    this.#linear1 = new Linear(scope.at('linear_1'), inFeatures, outFeatures);
    this.#linear2 = new Linear(scope.at('linear_2'), outFeatures, outFeatures);
  }

  /** [B, in] -> [B, out] */
  forward(sample: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => this.#linear2.forward(silu(this.#linear1.forward(sample))));
  }
}
