import { ConfigReader } from './configReader.ts';

export const DOWN_BLOCK_TYPES = ['CrossAttnDownBlock2D', 'DownBlock2D'] as const;
export const UP_BLOCK_TYPES = ['UpBlock2D', 'CrossAttnUpBlock2D'] as const;

/** What `UNet2DConditionModel` is built from. Lists have one entry a level, finest level first. */
export interface UNetConfig {
  /** Height and width of the latents it was trained on; null when the file does not say. */
  sampleSize: number | null;
  inChannels: number;
  outChannels: number;
  /** Latents are mapped from [0, 1] to [-1, 1] first. */
  centerInputSample: boolean;
  /** Timestep embedding is [cos, sin] instead of [sin, cos]. */
  flipSinToCos: boolean;
  freqShift: number;
  timeEmbeddingDim: number;
  downBlockTypes: readonly (typeof DOWN_BLOCK_TYPES)[number][];
  /** Coarsest level first. */
  upBlockTypes: readonly (typeof UP_BLOCK_TYPES)[number][];
  blockOutChannels: readonly number[];
  layersPerBlock: readonly number[];
  transformerLayersPerBlock: readonly number[];
  crossAttentionDim: readonly number[];
  /** The file calls it `attention_head_dim`: a naming error that diffusers keeps for the sake of old files. */
  numAttentionHeads: readonly number[];
  /** 0 means one row and column of zeros at the bottom and the right, as in the VAE's encoder. */
  downsamplePadding: 0 | 1;
  midBlockScaleFactor: number;
  normNumGroups: number;
  normEps: number;
  /** proj_in and proj_out are linear layers (2-D weights) instead of 1x1 convolutions (4-D weights). */
  useLinearProjection: boolean;
}

/**
 * Parses `unet/config.json` with the defaults of diffusers' `UNet2DConditionModel` (which are not Stable Diffusion v1's).
 * `place` names the file in errors; a value outside SD v1/v2 fails with E_MODEL.
 */
export function parseUnetConfig(json: unknown, place: string): UNetConfig {
  const read = new ConfigReader(json, place);
  for (const [key, ...allowed] of OFF) read.off(key, allowed);
  const blockOutChannels = read.integers('block_out_channels', [320, 640, 1280, 1280]);
  const levels = blockOutChannels.length;
  const downBlockTypes = read.listOf('down_block_types', DEFAULT_DOWN, DOWN_BLOCK_TYPES);
  const upBlockTypes = read.listOf('up_block_types', DEFAULT_UP, UP_BLOCK_TYPES);
  if (downBlockTypes.length !== levels) throw read.error('down_block_types', asManyAs(levels));
  if (upBlockTypes.length !== levels) throw read.error('up_block_types', asManyAs(levels));
  return {
    sampleSize: readSampleSize(read),
    inChannels: read.integer('in_channels', 4),
    outChannels: read.integer('out_channels', 4),
    centerInputSample: read.boolean('center_input_sample', false),
    flipSinToCos: read.boolean('flip_sin_to_cos', true),
    freqShift: read.integer('freq_shift', 0, { min: 0, max: 1 }),
    timeEmbeddingDim: read.integerOrNull('time_embedding_dim') ?? 4 * (blockOutChannels[0] ?? 0),
    downBlockTypes,
    upBlockTypes,
    blockOutChannels,
    layersPerBlock: read.perLevel('layers_per_block', 2, levels, { max: MAX_LAYERS }),
    transformerLayersPerBlock: read.perLevel('transformer_layers_per_block', 1, levels, { max: MAX_LAYERS }),
    crossAttentionDim: read.perLevel('cross_attention_dim', 1280, levels),
    numAttentionHeads: read.perLevel('attention_head_dim', 8, levels),
    downsamplePadding: read.integer('downsample_padding', 1, { min: 0, max: 1 }) === 0 ? 0 : 1,
    midBlockScaleFactor: read.positive('mid_block_scale_factor', 1),
    normNumGroups: read.integer('norm_num_groups', 32),
    normEps: read.positive('norm_eps', 1e-5),
    useLinearProjection: read.boolean('use_linear_projection', false),
  };
}

const DEFAULT_DOWN = [
  'CrossAttnDownBlock2D',
  'CrossAttnDownBlock2D',
  'CrossAttnDownBlock2D',
  'DownBlock2D',
] as const;
const DEFAULT_UP = ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'] as const;
const MAX_LAYERS = 64;

/** Keys of diffusers' class that change the computation, with the only values we compute with (`upcast_attention` is free: all is float32). */
const OFF: readonly (readonly [key: string, ...allowed: (string | number | boolean | null)[]])[] = [
  ['mid_block_type', 'UNetMidBlock2DCrossAttn'],
  ['act_fn', 'silu', 'swish'],
  ['dropout', 0],
  ['only_cross_attention', false],
  ['mid_block_only_cross_attention', null, false],
  ['dual_cross_attention', false],
  ['num_attention_heads', null],
  ['reverse_transformer_layers_per_block', null],
  ['encoder_hid_dim', null],
  ['encoder_hid_dim_type', null],
  ['class_embed_type', null],
  ['num_class_embeds', null],
  ['class_embeddings_concat', false],
  ['addition_embed_type', null],
  ['resnet_time_scale_shift', 'default'],
  ['resnet_skip_time_act', false],
  ['resnet_out_scale_factor', 1],
  ['time_embedding_type', 'positional'],
  ['time_embedding_act_fn', null],
  ['timestep_post_act', null],
  ['time_cond_proj_dim', null],
  ['conv_in_kernel', 3],
  ['conv_out_kernel', 3],
  ['attention_type', 'default'],
  ['cross_attention_norm', null],
];

const asManyAs = (levels: number): string => `${levels} entries, one for each of block_out_channels`;

/** A number, or a [height, width] pair of equal numbers. */
function readSampleSize(read: ConfigReader): number | null {
  const value = read.raw('sample_size');
  if (!Array.isArray(value)) return read.integerOrNull('sample_size');
  const [height, width] = read.integers('sample_size', []);
  if (value.length !== 2 || height === undefined || height !== width) {
    throw read.error('sample_size', 'one number, or twice the same number');
  }
  return height;
}
