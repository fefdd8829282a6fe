import * as tf from '@tensorflow/tfjs-core';
import type { ParameterScope } from '../../nn/parameter.ts';
import { ResnetBlock2D } from '../blocks/resnetBlock2D.ts';
import { Transformer2DModel } from '../blocks/transformer2DModel.ts';
import { type Size, Upsample2D } from '../blocks/upsample2D.ts';
import type { CrossAttentionOptions } from './crossAttnDownBlock2D.ts';
import type { UpBlockOptions } from './upBlock2D.ts';
import { upResnetChannels } from './upResnetChannels.ts';

/** diffusers' `CrossAttnUpBlock2D`: ResNet block over [hidden, skip] and transformer in turns, then twice the size. */
export class CrossAttnUpBlock2D {
  readonly #layers: readonly { resnet: ResnetBlock2D; attention: Transformer2DModel }[];
  readonly #upsampler: Upsample2D | null;

  constructor(scope: ParameterScope, options: UpBlockOptions & CrossAttentionOptions) {
    const { outChannels, addUpsample, transformerLayers } = options;
    this.#layers = upResnetChannels(options).map((inChannels, i) => ({
      resnet: new ResnetBlock2D(scope.at('resnets').at(i), { ...options, inChannels }),
      attention: new Transformer2DModel(scope.at('attentions').at(i), {
        ...options,
        channels: outChannels,
        layers: transformerLayers,
      }),
    }));
    this.#upsampler = addUpsample ? new Upsample2D(scope.at('upsamplers').at(0), outChannels) : null;
  }

  get skipCount(): number {
    return this.#layers.length;
  }

  /**
   * [B, H, W, prev], skips in the order in which they are used, [B, temb], context [B, S, X] -> [B, ...upsampleSize, out];
   * null stands for twice the size.
   */
  forward(
    x: tf.Tensor4D,
    skips: readonly tf.Tensor4D[],
    temb: tf.Tensor2D,
    upsampleSize: Size | null,
    context: tf.Tensor3D | null,
  ): tf.Tensor4D {
    return tf.tidy(() => {
      const hidden = this.#layers.reduce((input, { resnet, attention }, i) => {
        const skip = skips[i];
        return attention.forward(resnet.forward(skip ? tf.concat([input, skip], 3) : input, temb), context);
      }, x);
      return this.#upsampler?.forward(hidden, upsampleSize) ?? hidden;
    });
  }
}
