import * as tf from '@tensorflow/tfjs-core';
import type { CompiledFunction } from '../../../compute/graph/compiledFunction.ts';
import { inBranches } from '../../../compute/graph/tracing.ts';
import type { VaeConfig } from '../../config/vaeConfig.ts';
import { compiledModel } from '../../nn/compiledModel.ts';
import { Conv2d } from '../../nn/layers/index.ts';
import { type Parameter, ParameterScope } from '../../nn/parameter.ts';
import { Decoder } from './decoder.ts';
import { Encoder } from './encoder.ts';

/** The diagonal Gaussian of a picture's latents: mean and log-variance, [B, h, w, latent] each. */
export type LatentMoments = { mean: tf.Tensor4D; logvar: tf.Tensor4D };

/** diffusers' bounds of the log-variance (`DiagonalGaussianDistribution`). */
const LOGVAR_MIN = -30;
const LOGVAR_MAX = 20;

/** diffusers' `AutoencoderKL`: pictures in [-1, 1] to latents and back. */
export class AutoencoderKL {
  readonly config: VaeConfig;
  /** In torch's constructor order, with diffusers' names. */
  readonly parameters: Parameter[];
  readonly #encoder: Encoder;
  readonly #decoder: Decoder;
  readonly #quantConv: Conv2d | null;
  readonly #postQuantConv: Conv2d | null;
  readonly #compiledEncoder: CompiledFunction;
  readonly #compiledDecoder: CompiledFunction;

  /** Allocates nothing: weights come later. Fails with E_MODEL when groups do not divide channels. */
  constructor(config: VaeConfig) {
    const { latentChannels, useQuantConv, usePostQuantConv } = config;
    const scope = new ParameterScope();
    this.config = config;
    this.parameters = scope.list;
    this.#encoder = new Encoder(scope.at('encoder'), config);
    this.#decoder = new Decoder(scope.at('decoder'), config);
    this.#quantConv = useQuantConv
      ? new Conv2d(scope.at('quant_conv'), 2 * latentChannels, 2 * latentChannels, 1)
      : null;
    this.#postQuantConv = usePostQuantConv
      ? new Conv2d(scope.at('post_quant_conv'), latentChannels, latentChannels, 1)
      : null;
    this.#compiledEncoder = compiledModel("the VAE's encoder", this, ({ x }) =>
      this.encode(x as tf.Tensor4D),
    );
    this.#compiledDecoder = compiledModel("the VAE's decoder", this, ({ z }) => ({
      picture: this.decode(z as tf.Tensor4D),
    }));
  }

  /** How many pixels a latent is wide and high. */
  get factor(): number {
    return 2 ** (this.config.blockOutChannels.length - 1);
  }

  /** Pictures [B, H, W, in] -> moments of their latents, log-variance clamped, not yet scaled by `scalingFactor`. */
  encode(x: tf.Tensor4D): LatentMoments {
    return tf.tidy(() => {
      const moments = inBranches([x], some => {
        const hidden = this.#encoder.forward(some as tf.Tensor4D);
        return this.#quantConv?.forward(hidden) ?? hidden;
      });
      const [mean, logvar] = tf.split(moments, 2, 3) as [tf.Tensor4D, tf.Tensor4D];
      return { mean, logvar: tf.clipByValue(logvar, LOGVAR_MIN, LOGVAR_MAX) };
    });
  }

  /** Latents [B, h, w, latent], already divided by `scalingFactor` -> pictures [B, H, W, out], not clamped. */
  decode(z: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() =>
      inBranches([z], given => {
        const some = given as tf.Tensor4D;
        return this.#decoder.forward(this.#postQuantConv?.forward(some) ?? some);
      }),
    );
  }

  /** {@link encode} without a gradient, as one graph where the backend has graphs. */
  inferMoments(x: tf.Tensor4D): LatentMoments {
    return this.#compiledEncoder.run({ x }) as LatentMoments;
  }

  /** {@link decode} without a gradient, as one graph where the backend has graphs. */
  inferPicture(z: tf.Tensor4D): tf.Tensor4D {
    return this.#compiledDecoder.run({ z }).picture as tf.Tensor4D;
  }

  dispose(): void {
    this.#compiledEncoder.dispose();
    this.#compiledDecoder.dispose();
    for (const parameter of this.parameters) parameter.dispose();
  }
}
