import * as tf from '@tensorflow/tfjs-core';
import type { CompiledFunction } from '../../../compute/graph/compiledFunction.ts';
import { inBranches } from '../../../compute/graph/tracing.ts';
import { SweetspotError } from '../../../core/errors.ts';
import type { UNetConfig } from '../../config/unetConfig.ts';
import { compiledModel } from '../../nn/compiledModel.ts';
import { Conv2d, GroupNorm } from '../../nn/layers/index.ts';
import { type Parameter, ParameterScope } from '../../nn/parameter.ts';
import { sinusoid } from './sinusoid.ts';
import { TimestepEmbedding } from './timestepEmbedding.ts';
import { type DownBlock, downBlocks, type UpBlock, upBlocks } from './unetLevels.ts';
import { UNetMidBlock2DCrossAttn } from './unetMidBlock2DCrossAttn.ts';

/** diffusers' `UNet2DConditionModel` as Stable Diffusion v1 and v2 use it: predicts noise (or v) from noisy latents. */
export class UNet2DConditionModel {
  readonly config: UNetConfig;
  /** In torch's constructor order, with diffusers' names. */
  readonly parameters: Parameter[];
  readonly #convIn: Conv2d;
  readonly #timeEmbedding: TimestepEmbedding;
  readonly #down: readonly DownBlock[];
  readonly #mid: UNetMidBlock2DCrossAttn;
  readonly #up: readonly UpBlock[];
  readonly #convNormOut: GroupNorm;
  readonly #convOut: Conv2d;
  readonly #compiled: CompiledFunction;

  /** Allocates nothing: weights come later. Fails with E_MODEL when groups or heads do not divide channels. */
  constructor(config: UNetConfig) {
    const { blockOutChannels, normNumGroups: groups, normEps: eps, timeEmbeddingDim: tembChannels } = config;
    const finest = blockOutChannels[0] ?? 0;
    const coarsest = blockOutChannels.at(-1) ?? 0;
    const scope = new ParameterScope();
    this.config = config;
    this.parameters = scope.list;
    this.#convIn = new Conv2d(scope.at('conv_in'), config.inChannels, finest, 3);
    this.#timeEmbedding = new TimestepEmbedding(scope.at('time_embedding'), finest, tembChannels);
    this.#down = downBlocks(scope.at('down_blocks'), config);
    this.#mid = new UNetMidBlock2DCrossAttn(scope.at('mid_block'), {
      channels: coarsest,
      tembChannels,
      groups,
      eps,
      outputScaleFactor: config.midBlockScaleFactor,
      heads: config.numAttentionHeads.at(-1) ?? 1,
      crossAttentionDim: config.crossAttentionDim.at(-1) ?? 1,
      transformerLayers: config.transformerLayersPerBlock.at(-1) ?? 1,
      useLinearProjection: config.useLinearProjection,
    });
    this.#up = upBlocks(scope.at('up_blocks'), config);
    this.#convNormOut = new GroupNorm(scope.at('conv_norm_out'), finest, groups, eps);
    this.#convOut = new Conv2d(scope.at('conv_out'), finest, config.outChannels, 3);
    this.#compiled = compiledModel('the UNet', this, ({ sample, timesteps, states }) => ({
      output: this.forward(sample as tf.Tensor4D, timesteps as tf.Tensor1D, states as tf.Tensor3D),
    }));
  }

  /**
   * Noisy latents [B, H, W, in], timesteps [B] (float32), text embeddings [B, T, X] -> [B, H, W, out]. Any height and
   * width will do: where a level is odd, the way up takes the size of its skip.
   */
  forward(sample: tf.Tensor4D, timesteps: tf.Tensor1D, encoderHiddenStates: tf.Tensor3D): tf.Tensor4D {
    return tf.tidy(() =>
      inBranches([sample, timesteps, encoderHiddenStates], (some, times, states) =>
        this.#forward(some as tf.Tensor4D, times as tf.Tensor1D, states as tf.Tensor3D),
      ),
    );
  }

  /** {@link forward} without a gradient, as one graph where the backend has graphs. */
  infer(sample: tf.Tensor4D, timesteps: tf.Tensor1D, states: tf.Tensor3D): tf.Tensor4D {
    return this.#compiled.run({ sample, timesteps, states }).output as tf.Tensor4D;
  }

  dispose(): void {
    this.#compiled.dispose();
    for (const parameter of this.parameters) parameter.dispose();
  }

  #forward(sample: tf.Tensor4D, timesteps: tf.Tensor1D, encoderHiddenStates: tf.Tensor3D): tf.Tensor4D {
    const temb = this.#embedTime(timesteps);
    const latents = this.config.centerInputSample ? tf.sub<tf.Tensor4D>(tf.mul(sample, 2), 1) : sample;
    let hidden = this.#convIn.forward(latents);
    const skips = [hidden];
    for (const block of this.#down) {
      const output = block.forward(hidden, temb, encoderHiddenStates);
      hidden = output.hidden;
      skips.push(...output.skips);
    }
    hidden = this.#mid.forward(hidden, temb, encoderHiddenStates);
    for (const block of this.#up) {
      const used = takeLast(skips, block.skipCount);
      const next = skips.at(-1);
      const upsampleSize = next ? ([next.shape[1], next.shape[2]] as const) : null;
      hidden = block.forward(hidden, used, temb, upsampleSize, encoderHiddenStates);
    }
    return this.#convOut.forward(this.#convNormOut.forward(hidden, { silu: true }));
  }

  #embedTime(timesteps: tf.Tensor1D): tf.Tensor2D {
    const width = this.config.blockOutChannels[0] ?? 0;
    return this.#timeEmbedding.forward(sinusoid(timesteps, width, this.config));
  }
}

/** Takes `count` entries off the end, last first. */
function takeLast<T>(stack: T[], count: number): T[] {
  const taken = stack.splice(stack.length - count, count).reverse();
  if (taken.length !== count)
    throw new SweetspotError('E_INTERNAL', 'the way up has more layers than the way down has skips');
  return taken;
}
