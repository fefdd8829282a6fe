import * as tf from '@tensorflow/tfjs-core';
import type { VaeConfig } from '../../config/vaeConfig.ts';
import { Conv2d, GroupNorm } from '../../nn/layers/index.ts';
import type { ParameterScope } from '../../nn/parameter.ts';
import { DownEncoderBlock2D } from './downEncoderBlock2D.ts';
import { UNetMidBlock2D } from './unetMidBlock2D.ts';

/** All norms of the VAE have it, whatever the configuration says. */
export const VAE_NORM_EPS = 1e-6;

/** diffusers' `Encoder`: picture to the moments of its latents, before quant_conv. */
export class Encoder {
  readonly #convIn: Conv2d;
  readonly #down: readonly DownEncoderBlock2D[];
  readonly #mid: UNetMidBlock2D;
  readonly #convNormOut: GroupNorm;
  readonly #convOut: Conv2d;

  constructor(scope: ParameterScope, config: VaeConfig) {
    const { blockOutChannels, layersPerBlock: layers, normNumGroups: groups } = config;
    const finest = blockOutChannels[0] ?? 0;
    const coarsest = blockOutChannels.at(-1) ?? 0;
    this.#convIn = new Conv2d(scope.at('conv_in'), config.inChannels, finest, 3);
    this.#down = blockOutChannels.map(
      (outChannels, i) =>
        new DownEncoderBlock2D(scope.at('down_blocks').at(i), {
          inChannels: blockOutChannels[i - 1] ?? finest,
          outChannels,
          layers,
          groups,
          eps: VAE_NORM_EPS,
          addDownsample: i < blockOutChannels.length - 1,
          downsamplePadding: 0,
        }),
    );
    this.#mid = new UNetMidBlock2D(scope.at('mid_block'), {
      channels: coarsest,
      tembChannels: null,
      groups,
      eps: VAE_NORM_EPS,
      attentionHeadDim: config.midBlockAddAttention ? coarsest : null,
    });
    this.#convNormOut = new GroupNorm(scope.at('conv_norm_out'), coarsest, groups, VAE_NORM_EPS);
    this.#convOut = new Conv2d(scope.at('conv_out'), coarsest, 2 * config.latentChannels, 3);
  }

  /** [B, H, W, in] -> [B, h, w, 2 x latent] */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      const down = this.#down.reduce((hidden, block) => block.forward(hidden), this.#convIn.forward(x));
      return this.#convOut.forward(this.#convNormOut.forward(this.#mid.forward(down), { silu: true }));
    });
  }
}
