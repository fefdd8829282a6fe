import type * as tf from '@tensorflow/tfjs-core';
import { linear } from '../../../compute/ops/index.ts';
import type { Parameter, ParameterScope } from '../parameter.ts';

/** torch.nn.Linear over the last axis. */
export class Linear {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(scope: ParameterScope, inFeatures: number, outFeatures: number, bias = true) {
    this.weight = scope.add('weight', [outFeatures, inFeatures], 'linear');
    this.bias = bias ? scope.add('bias', [outFeatures], 'plain') : null;
  }

  /** [..., in] -> [..., out] */
  forward<T extends tf.Tensor>(x: T): T {
    return linear(x, this.weight.value, this.bias?.value ?? null) as T;
  }
}
