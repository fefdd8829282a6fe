import * as tf from '@tensorflow/tfjs-core';
import type { ParameterScope } from '../../nn/parameter.ts';
import { Downsample2D } from '../blocks/downsample2D.ts';
import { ResnetBlock2D } from '../blocks/resnetBlock2D.ts';
import { Transformer2DModel } from '../blocks/transformer2DModel.ts';
import type { DownBlockOptions, DownBlockOutput } from './downBlock2D.ts';

/** What the transformers of a block are built from. */
export interface CrossAttentionOptions {
  heads: number;
  crossAttentionDim: number;
  transformerLayers: number;
  useLinearProjection: boolean;
}

/** diffusers' `CrossAttnDownBlock2D`: ResNet block and transformer in turns, then half the size. */
export class CrossAttnDownBlock2D {
  readonly #layers: readonly { resnet: ResnetBlock2D; attention: Transformer2DModel }[];
  readonly #downsampler: Downsample2D | null;

  constructor(scope: ParameterScope, options: DownBlockOptions & CrossAttentionOptions) {
    const { inChannels, outChannels, layers, addDownsample, downsamplePadding, transformerLayers } = options;
    this.#layers = Array.from({ length: layers }, (_, i) => ({
      resnet: new ResnetBlock2D(scope.at('resnets').at(i), {
        ...options,
        inChannels: i === 0 ? inChannels : outChannels,
      }),
      attention: new Transformer2DModel(scope.at('attentions').at(i), {
        ...options,
        channels: outChannels,
        layers: transformerLayers,
      }),
    }));
    this.#downsampler = addDownsample
      ? new Downsample2D(scope.at('downsamplers').at(0), outChannels, downsamplePadding)
      : null;
  }

  /** [B, H, W, in], [B, temb], context [B, S, X] -> [B, H/2, W/2, out] and one skip a layer and downsampler */
  forward(x: tf.Tensor4D, temb: tf.Tensor2D, context: tf.Tensor3D | null): DownBlockOutput {
    return tf.tidy(() => {
      const skips: tf.Tensor4D[] = [];
      let hidden = x;
      for (const { resnet, attention } of this.#layers) {
        hidden = attention.forward(resnet.forward(hidden, temb), context);
        skips.push(hidden);
      }
      if (this.#downsampler) {
        hidden = this.#downsampler.forward(hidden);
        skips.push(hidden);
      }
      return { hidden, skips };
    });
  }
}
