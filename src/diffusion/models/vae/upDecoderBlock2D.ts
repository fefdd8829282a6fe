import * as tf from '@tensorflow/tfjs-core';
import type { ParameterScope } from '../../nn/parameter.ts';
import { ResnetBlock2D } from '../blocks/resnetBlock2D.ts';
import { Upsample2D } from '../blocks/upsample2D.ts';

export interface UpDecoderBlockOptions {
  inChannels: number;
  outChannels: number;
  layers: number;
  groups: number;
  eps: number;
  addUpsample: boolean;
}

/** diffusers' `UpDecoderBlock2D`: ResNet blocks without a timestep, then twice the size. */
export class UpDecoderBlock2D {
  readonly #resnets: readonly ResnetBlock2D[];
  readonly #upsampler: Upsample2D | null;

  constructor(scope: ParameterScope, options: UpDecoderBlockOptions) {
    const { inChannels, outChannels, layers, addUpsample } = options;
    const resnet = { ...options, tembChannels: null };
    this.#resnets = Array.from(
      { length: layers },
      (_, i) =>
        new ResnetBlock2D(scope.at('resnets').at(i), {
          ...resnet,
          inChannels: i === 0 ? inChannels : outChannels,
        }),
    );
    this.#upsampler = addUpsample ? new Upsample2D(scope.at('upsamplers').at(0), outChannels) : null;
  }

  /** [B, H, W, in] -> [B, 2H, 2W, out] */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      const hidden = this.#resnets.reduce((input, resnet) => resnet.forward(input, null), x);
      return this.#upsampler?.forward(hidden) ?? hidden;
    });
  }
}
