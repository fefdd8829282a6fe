import type * as tf from '@tensorflow/tfjs-core';
import { groupNorm } from '../../../compute/ops/index.ts';
import { SweetspotError } from '../../../core/errors.ts';
import type { Parameter, ParameterScope } from '../parameter.ts';

/** torch.nn.GroupNorm on channels-last tensors, on request with SiLU behind it. */
export class GroupNorm {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly #groups: number;
  readonly #eps: number;

  /** Fails with E_MODEL when the groups do not divide the channels. */
  constructor(scope: ParameterScope, channels: number, groups: number, eps: number) {
    if (channels % groups !== 0) {
      throw new SweetspotError('E_MODEL', 'the groups of a group norm do not divide its channels', {
        place: scope.module,
        allowed: `channels divisible by ${groups}`,
        got: `${channels}`,
        hint: 'norm_num_groups in config.json must divide every entry of block_out_channels.',
      });
    }
    this.weight = scope.add('weight', [channels], 'plain');
    this.bias = scope.add('bias', [channels], 'plain');
    this.#groups = groups;
    this.#eps = eps;
  }

  /** [B, ..., C] -> [B, ..., C] */
  forward<T extends tf.Tensor>(x: T, { silu = false }: { silu?: boolean } = {}): T {
    return groupNorm(x, this.weight.value, this.bias.value, { groups: this.#groups, eps: this.#eps, silu });
  }
}
