import type * as tf from '@tensorflow/tfjs-core';
import { embedding } from '../../../compute/ops/index.ts';
import type { Parameter, ParameterScope } from '../parameter.ts';

/** torch.nn.Embedding: a table of `count` rows. */
export class Embedding {
  readonly weight: Parameter;

  constructor(scope: ParameterScope, count: number, channels: number) {
    this.weight = scope.add('weight', [count, channels], 'plain');
  }

  /** Row numbers, int32 [B, T] -> [B, T, C] */
  forward(ids: tf.Tensor2D): tf.Tensor3D {
    return embedding(this.weight.value, ids);
  }
}
