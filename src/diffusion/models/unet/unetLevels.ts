import type * as tf from '@tensorflow/tfjs-core';
import type { UNetConfig } from '../../config/unetConfig.ts';
import type { ParameterScope } from '../../nn/parameter.ts';
import type { Size } from '../blocks/upsample2D.ts';
import { CrossAttnDownBlock2D } from './crossAttnDownBlock2D.ts';
import { CrossAttnUpBlock2D } from './crossAttnUpBlock2D.ts';
import { DownBlock2D, type DownBlockOutput } from './downBlock2D.ts';
import { UpBlock2D } from './upBlock2D.ts';

export interface DownBlock {
  forward(x: tf.Tensor4D, temb: tf.Tensor2D, context: tf.Tensor3D): DownBlockOutput;
}

export interface UpBlock {
  /** How many skips it takes. */
  readonly skipCount: number;
  forward(
    x: tf.Tensor4D,
    skips: readonly tf.Tensor4D[],
    temb: tf.Tensor2D,
    upsampleSize: Size | null,
    context: tf.Tensor3D,
  ): tf.Tensor4D;
}

/** The way down of a UNet, finest level first; every level but the last halves the size. */
export function downBlocks(scope: ParameterScope, config: UNetConfig): readonly DownBlock[] {
  const levels = levelsOf(config);
  return levels.map((level, i) => {
    const options = {
      ...level,
      inChannels: levels[i - 1]?.outChannels ?? level.outChannels,
      addDownsample: i < levels.length - 1,
      downsamplePadding: config.downsamplePadding,
    };
    return config.downBlockTypes[i] === 'DownBlock2D'
      ? new DownBlock2D(scope.at(i), options)
      : new CrossAttnDownBlock2D(scope.at(i), options);
  });
}

/** The way up, coarsest level first, with one layer more a level; every level but the last doubles the size. */
export function upBlocks(scope: ParameterScope, config: UNetConfig): readonly UpBlock[] {
  const levels = levelsOf(config).reverse();
  return levels.map((level, i) => {
    const options = {
      ...level,
      layers: level.layers + 1,
      inChannels: levels[i + 1]?.outChannels ?? level.outChannels,
      prevOutputChannels: levels[i - 1]?.outChannels ?? level.outChannels,
      addUpsample: i < levels.length - 1,
    };
    return config.upBlockTypes[i] === 'UpBlock2D'
      ? new UpBlock2D(scope.at(i), options)
      : new CrossAttnUpBlock2D(scope.at(i), options);
  });
}

/** What both ways share, finest level first. */
const levelsOf = (config: UNetConfig) =>
  config.blockOutChannels.map((outChannels, i) => ({
    outChannels,
    tembChannels: config.timeEmbeddingDim,
    layers: config.layersPerBlock[i] ?? 1,
    groups: config.normNumGroups,
    eps: config.normEps,
    heads: config.numAttentionHeads[i] ?? 1,
    crossAttentionDim: config.crossAttentionDim[i] ?? 1,
    transformerLayers: config.transformerLayersPerBlock[i] ?? 1,
    useLinearProjection: config.useLinearProjection,
  }));
