import type * as tf from '@tensorflow/tfjs-core';
import { layerNorm } from '../../../compute/ops/index.ts';
import type { Parameter, ParameterScope } from '../parameter.ts';

/** torch.nn.LayerNorm over the last axis. */
export class LayerNorm {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly #eps: number;

  constructor(scope: ParameterScope, channels: number, eps: number) {
    this.weight = scope.add('weight', [channels], 'plain');
    this.bias = scope.add('bias', [channels], 'plain');
    this.#eps = eps;
  }

  /** [..., C] -> [..., C] */
  forward<T extends tf.Tensor>(x: T): T {
    return layerNorm(x, this.weight.value, this.bias.value, { eps: this.#eps });
  }
}
