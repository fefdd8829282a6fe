import * as tf from '@tensorflow/tfjs-core';
import { silu } from '../../../compute/ops/index.ts';
import { segment } from '../../../compute/tape.ts';
import { Conv2d, GroupNorm, Linear } from '../../nn/layers/index.ts';
import type { ParameterScope } from '../../nn/parameter.ts';

export interface ResnetBlock2DOptions {
  inChannels: number;
  outChannels: number;
  /** Width of the timestep embedding; null in the VAE, which has none. */
  tembChannels: number | null;
  groups: number;
  eps: number;
  /** The sum of both ways is divided by it. */
  outputScaleFactor?: number;
}

/** diffusers' `ResnetBlock2D`: norm, SiLU, 3x3, timestep, norm, SiLU, 3x3, plus the input (through a 1x1 where channels differ). */
export class ResnetBlock2D {
  readonly #norm1: GroupNorm;
  readonly #conv1: Conv2d;
  readonly #timeEmbProj: Linear | null;
  readonly #norm2: GroupNorm;
  readonly #conv2: Conv2d;
  readonly #shortcut: Conv2d | null;
  readonly #outputScaleFactor: number;

  constructor(scope: ParameterScope, options: ResnetBlock2DOptions) {
    const { inChannels, outChannels, tembChannels, groups, eps, outputScaleFactor = 1 } = options;
    this.#norm1 = new GroupNorm(scope.at('norm1'), inChannels, groups, eps);
    this.#conv1 = new Conv2d(scope.at('conv1'), inChannels, outChannels, 3);
    this.#timeEmbProj =
      tembChannels === null ? null : new Linear(scope.at('time_emb_proj'), tembChannels, outChannels);
    this.#norm2 = new GroupNorm(scope.at('norm2'), outChannels, groups, eps);
    this.#conv2 = new Conv2d(scope.at('conv2'), outChannels, outChannels, 3);
    this.#shortcut =
      inChannels === outChannels ? null : new Conv2d(scope.at('conv_shortcut'), inChannels, outChannels, 1);
    this.#outputScaleFactor = outputScaleFactor;
  }

  /** [B, H, W, in], timestep embedding [B, temb] -> [B, H, W, out] */
  forward(x: tf.Tensor4D, temb: tf.Tensor2D | null): tf.Tensor4D {
    return segment([x, temb], (x, temb) => this.#forward(x, temb));
  }

  #forward(x: tf.Tensor4D, temb: tf.Tensor2D | null): tf.Tensor4D {
    return tf.tidy(() => {
      const first = this.#addTime(this.#conv1.forward(this.#norm1.forward(x, { silu: true })), temb);
      const second = this.#conv2.forward(this.#norm2.forward(first, { silu: true }));
      const sum = tf.add<tf.Tensor4D>(this.#shortcut?.forward(x) ?? x, second);
      return this.#outputScaleFactor === 1 ? sum : tf.div<tf.Tensor4D>(sum, this.#outputScaleFactor);
    });
  }

  #addTime(hidden: tf.Tensor4D, temb: tf.Tensor2D | null): tf.Tensor4D {
    if (!this.#timeEmbProj || !temb) return hidden;
    const shift = this.#timeEmbProj.forward(silu(temb)); // [B, out]
    return tf.add(hidden, tf.reshape(shift, [shift.shape[0], 1, 1, shift.shape[1]]));
  }
}
