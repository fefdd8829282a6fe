import * as tf from '@tensorflow/tfjs-core';
import type { ParameterScope } from '../../nn/parameter.ts';
import { Downsample2D } from '../blocks/downsample2D.ts';
import { ResnetBlock2D } from '../blocks/resnetBlock2D.ts';

export interface DownEncoderBlockOptions {
  inChannels: number;
  outChannels: number;
  layers: number;
  groups: number;
  eps: number;
  addDownsample: boolean;
  downsamplePadding: 0 | 1;
}

/** diffusers' `DownEncoderBlock2D`: ResNet blocks without a timestep, then half the size. */
export class DownEncoderBlock2D {
  readonly #resnets: readonly ResnetBlock2D[];
  readonly #downsampler: Downsample2D | null;

  constructor(scope: ParameterScope, options: DownEncoderBlockOptions) {
    const { inChannels, outChannels, layers, addDownsample, downsamplePadding } = options;
    const resnet = { ...options, tembChannels: null };
    this.#resnets = Array.from(
      { length: layers },
      (_, i) =>
        new ResnetBlock2D(scope.at('resnets').at(i), {
          ...resnet,
          inChannels: i === 0 ? inChannels : outChannels,
        }),
    );
    this.#downsampler = addDownsample
      ? new Downsample2D(scope.at('downsamplers').at(0), outChannels, downsamplePadding)
      : null;
  }

  /** [B, H, W, in] -> [B, H/2, W/2, out] */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      const hidden = this.#resnets.reduce((input, resnet) => resnet.forward(input, null), x);
      return this.#downsampler?.forward(hidden) ?? hidden;
    });
  }
}
