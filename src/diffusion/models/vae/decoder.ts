import * as tf from '@tensorflow/tfjs-core';
import type { VaeConfig } from '../../config/vaeConfig.ts';
import { Conv2d, GroupNorm } from '../../nn/layers/index.ts';
import type { ParameterScope } from '../../nn/parameter.ts';
import { VAE_NORM_EPS } from './encoder.ts';
import { UNetMidBlock2D } from './unetMidBlock2D.ts';
import { UpDecoderBlock2D } from './upDecoderBlock2D.ts';

/** diffusers' `Decoder`: latents, after post_quant_conv, to the picture. */
export class Decoder {
  readonly #convIn: Conv2d;
  readonly #mid: UNetMidBlock2D;
  readonly #up: readonly UpDecoderBlock2D[];
  readonly #convNormOut: GroupNorm;
  readonly #convOut: Conv2d;

  constructor(scope: ParameterScope, config: VaeConfig) {
    const { layersPerBlock, normNumGroups: groups } = config;
    const channels = [...config.blockOutChannels].reverse();
    const coarsest = channels[0] ?? 0;
    const finest = channels.at(-1) ?? 0;
    this.#convIn = new Conv2d(scope.at('conv_in'), config.latentChannels, coarsest, 3);
    this.#mid = new UNetMidBlock2D(scope.at('mid_block'), {
      channels: coarsest,
      tembChannels: null,
      groups,
      eps: VAE_NORM_EPS,
      attentionHeadDim: config.midBlockAddAttention ? coarsest : null,
    });
    this.#up = channels.map(
      (outChannels, i) =>
        new UpDecoderBlock2D(scope.at('up_blocks').at(i), {
          inChannels: channels[i - 1] ?? coarsest,
          outChannels,
          layers: layersPerBlock + 1,
          groups,
          eps: VAE_NORM_EPS,
          addUpsample: i < channels.length - 1,
        }),
    );
    this.#convNormOut = new GroupNorm(scope.at('conv_norm_out'), finest, groups, VAE_NORM_EPS);
    this.#convOut = new Conv2d(scope.at('conv_out'), finest, config.outChannels, 3);
  }

  /** [B, h, w, latent] -> [B, H, W, out] */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      const middle = this.#mid.forward(this.#convIn.forward(x));
      const up = this.#up.reduce((hidden, block) => block.forward(hidden), middle);
      return this.#convOut.forward(this.#convNormOut.forward(up, { silu: true }));
    });
  }
}
