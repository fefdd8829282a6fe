import { ConfigReader } from './configReader.ts';

/** What `AutoencoderKL` is built from. */
export interface VaeConfig {
  inChannels: number;
  outChannels: number;
  /** Finest level first; each further level halves the picture. */
  blockOutChannels: readonly number[];
  /** ResNet blocks a level in the encoder; the decoder has one more. */
  layersPerBlock: number;
  latentChannels: number;
  normNumGroups: number;
  /** Height and width of the pictures it was trained on. */
  sampleSize: number;
  /** Latents are multiplied by it before diffusion, and divided after. */
  scalingFactor: number;
  useQuantConv: boolean;
  usePostQuantConv: boolean;
  midBlockAddAttention: boolean;
}

/**
 * Parses `vae/config.json` with the defaults of diffusers' `AutoencoderKL`. `place` names the file in errors; a value
 * outside SD v1/v2 fails with E_MODEL.
 */
export function parseVaeConfig(json: unknown, place: string): VaeConfig {
  const read = new ConfigReader(json, place);
  for (const key of ['shift_factor', 'latents_mean', 'latents_std']) read.off(key, [null]);
  read.off('act_fn', ['silu', 'swish']);
  const blockOutChannels = read.integers('block_out_channels', [64]);
  const levels = blockOutChannels.length;
  const down = read.listOf('down_block_types', ['DownEncoderBlock2D'], ['DownEncoderBlock2D']);
  const up = read.listOf('up_block_types', ['UpDecoderBlock2D'], ['UpDecoderBlock2D']);
  if (down.length !== levels) throw read.error('down_block_types', asManyAs(levels));
  if (up.length !== levels) throw read.error('up_block_types', asManyAs(levels));
  return {
    inChannels: read.integer('in_channels', 3),
    outChannels: read.integer('out_channels', 3),
    blockOutChannels,
    layersPerBlock: read.integer('layers_per_block', 1, { max: 64 }),
    latentChannels: read.integer('latent_channels', 4),
    normNumGroups: read.integer('norm_num_groups', 32),
    sampleSize: read.integer('sample_size', 32),
    scalingFactor: read.positive('scaling_factor', 0.18215),
    useQuantConv: read.boolean('use_quant_conv', true),
    usePostQuantConv: read.boolean('use_post_quant_conv', true),
    midBlockAddAttention: read.boolean('mid_block_add_attention', true),
  };
}

const asManyAs = (levels: number): string => `${levels} entries, one for each of block_out_channels`;
