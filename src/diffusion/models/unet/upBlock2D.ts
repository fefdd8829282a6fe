import * as tf from '@tensorflow/tfjs-core';
import type { ParameterScope } from '../../nn/parameter.ts';
import { ResnetBlock2D } from '../blocks/resnetBlock2D.ts';
import { type Size, Upsample2D } from '../blocks/upsample2D.ts';
import { upResnetChannels } from './upResnetChannels.ts';

export interface UpBlockOptions {
  /** Channels of the level below in the way down, where the last skip of this block comes from. */
  inChannels: number;
  outChannels: number;
  /** Channels of what comes from the block before. */
  prevOutputChannels: number;
  tembChannels: number;
  layers: number;
  groups: number;
  eps: number;
  addUpsample: boolean;
}

/** diffusers' `UpBlock2D`: ResNet blocks over [hidden, skip], then twice the size. */
export class UpBlock2D {
  readonly #resnets: readonly ResnetBlock2D[];
  readonly #upsampler: Upsample2D | null;

  constructor(scope: ParameterScope, options: UpBlockOptions) {
    this.#resnets = upResnetChannels(options).map(
      (inChannels, i) => new ResnetBlock2D(scope.at('resnets').at(i), { ...options, inChannels }),
    );
    this.#upsampler = options.addUpsample
      ? new Upsample2D(scope.at('upsamplers').at(0), options.outChannels)
      : null;
  }

  get skipCount(): number {
    return this.#resnets.length;
  }

  /**
   * [B, H, W, prev], skips in the order in which they are used, [B, temb] -> [B, ...upsampleSize, out]; null stands for
   * twice the size.
   */
  forward(
    x: tf.Tensor4D,
    skips: readonly tf.Tensor4D[],
    temb: tf.Tensor2D,
    upsampleSize: Size | null,
  ): tf.Tensor4D {
    return tf.tidy(() => {
      const hidden = this.#resnets.reduce((input, resnet, i) => {
        const skip = skips[i];
        return resnet.forward(skip ? tf.concat([input, skip], 3) : input, temb);
      }, x);
      return this.#upsampler?.forward(hidden, upsampleSize) ?? hidden;
    });
  }
}
