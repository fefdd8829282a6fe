import * as tf from '@tensorflow/tfjs-core';
import type { ParameterScope } from '../../nn/parameter.ts';
import { ResnetBlock2D } from '../blocks/resnetBlock2D.ts';
import { SpatialAttention } from './spatialAttention.ts';

export interface UNetMidBlock2DOptions {
  channels: number;
  tembChannels: number | null;
  groups: number;
  eps: number;
  /** Channels of one attention head; null leaves the attention out. */
  attentionHeadDim: number | null;
}

/** diffusers' `UNetMidBlock2D`: ResNet block, attention, ResNet block. */
export class UNetMidBlock2D {
  readonly #first: ResnetBlock2D;
  readonly #attention: SpatialAttention | null;
  readonly #second: ResnetBlock2D;

  constructor(scope: ParameterScope, options: UNetMidBlock2DOptions) {
    const { channels, attentionHeadDim } = options;
    const resnet = { ...options, inChannels: channels, outChannels: channels };
    this.#first = new ResnetBlock2D(scope.at('resnets').at(0), resnet);
    this.#attention =
      attentionHeadDim === null
        ? null
        : new SpatialAttention(scope.at('attentions').at(0), {
            ...options,
            heads: channels / attentionHeadDim,
          });
    this.#second = new ResnetBlock2D(scope.at('resnets').at(1), resnet);
  }

  /** [B, H, W, C] (and [B, temb]) -> [B, H, W, C] */
  forward(x: tf.Tensor4D, temb: tf.Tensor2D | null = null): tf.Tensor4D {
    return tf.tidy(() => {
      const hidden = this.#first.forward(x, temb);
      return this.#second.forward(this.#attention?.forward(hidden) ?? hidden, temb);
    });
  }
}
