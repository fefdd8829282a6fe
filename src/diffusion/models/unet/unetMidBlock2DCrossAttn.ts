import * as tf from '@tensorflow/tfjs-core';
import type { ParameterScope } from '../../nn/parameter.ts';
import { ResnetBlock2D } from '../blocks/resnetBlock2D.ts';
import { Transformer2DModel } from '../blocks/transformer2DModel.ts';
import type { CrossAttentionOptions } from './crossAttnDownBlock2D.ts';

export interface MidBlockOptions extends CrossAttentionOptions {
  channels: number;
  tembChannels: number;
  groups: number;
  eps: number;
  outputScaleFactor: number;
}

/** diffusers' `UNetMidBlock2DCrossAttn`: ResNet block, transformer, ResNet block. */
export class UNetMidBlock2DCrossAttn {
  readonly #first: ResnetBlock2D;
  readonly #attention: Transformer2DModel;
  readonly #second: ResnetBlock2D;

  constructor(scope: ParameterScope, options: MidBlockOptions) {
    const { channels, transformerLayers } = options;
    const resnet = { ...options, inChannels: channels, outChannels: channels };
    this.#first = new ResnetBlock2D(scope.at('resnets').at(0), resnet);
    this.#attention = new Transformer2DModel(scope.at('attentions').at(0), {
      ...options,
      layers: transformerLayers,
    });
    this.#second = new ResnetBlock2D(scope.at('resnets').at(1), resnet);
  }

  /** [B, H, W, C], [B, temb], context [B, S, X] -> [B, H, W, C] */
  forward(x: tf.Tensor4D, temb: tf.Tensor2D, context: tf.Tensor3D | null): tf.Tensor4D {
    return tf.tidy(() =>
      this.#second.forward(this.#attention.forward(this.#first.forward(x, temb), context), temb),
    );
  }
}
