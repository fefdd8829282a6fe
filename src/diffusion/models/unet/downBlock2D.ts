import * as tf from '@tensorflow/tfjs-core';
import type { ParameterScope } from '../../nn/parameter.ts';
import { Downsample2D } from '../blocks/downsample2D.ts';
import { ResnetBlock2D } from '../blocks/resnetBlock2D.ts';

export interface DownBlockOptions {
  inChannels: number;
  outChannels: number;
  tembChannels: number;
  layers: number;
  groups: number;
  eps: number;
  addDownsample: boolean;
  downsamplePadding: 0 | 1;
}

/** What a down block gives: its result, and what the way up will be shown again, in order. */
export type DownBlockOutput = { hidden: tf.Tensor4D; skips: tf.Tensor4D[] };

/** diffusers' `DownBlock2D`: ResNet blocks, then half the size. */
export class DownBlock2D {
  readonly #resnets: readonly ResnetBlock2D[];
  readonly #downsampler: Downsample2D | null;

  constructor(scope: ParameterScope, options: DownBlockOptions) {
    const { inChannels, outChannels, layers, addDownsample, downsamplePadding } = options;
    this.#resnets = Array.from(
      { length: layers },
      (_, i) =>
        new ResnetBlock2D(scope.at('resnets').at(i), {
          ...options,
          inChannels: i === 0 ? inChannels : outChannels,
        }),
    );
    this.#downsampler = addDownsample
      ? new Downsample2D(scope.at('downsamplers').at(0), outChannels, downsamplePadding)
      : null;
  }

  /** [B, H, W, in], [B, temb] -> [B, H/2, W/2, out] and one skip a ResNet block and downsampler */
  forward(x: tf.Tensor4D, temb: tf.Tensor2D): DownBlockOutput {
    return tf.tidy(() => {
      const skips: tf.Tensor4D[] = [];
      let hidden = x;
      for (const resnet of this.#resnets) {
        hidden = resnet.forward(hidden, temb);
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
