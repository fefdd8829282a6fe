import { canonicalJson } from '../../core/canonicalJson.ts';
import type { CLIPConfig } from '../config/clipConfig.ts';
import {
  type CLIPTextConfig,
  type CLIPTransformerConfig,
  parseClipTextConfig,
} from '../config/clipTextConfig.ts';
import { parseUnetConfig, type UNetConfig } from '../config/unetConfig.ts';
import { parseVaeConfig, type VaeConfig } from '../config/vaeConfig.ts';

type Json = Readonly<Record<string, unknown>>;

/** The file that a config came from. */
interface ConfigSource {
  readonly json: Json;
  /** Keys whose numbers Python wrote as floats: JSON.stringify makes 1 of its 1.0. */
  readonly floatKeys: ReadonlySet<string>;
}

/** A parsed config that remembers its file, so that it can be written back with all its keys. */
export type Saved<C> = C & { readonly source?: ConfigSource };

/** @param text the file, which was parsed to this config before */
export function withSource<C extends object>(config: C, text: string): Saved<C> {
  const numbers = text.matchAll(/"([^"\\]*)"\s*:\s*-?\d+(?:\.|[eE])/g);
  const floatKeys = new Set(Array.from(numbers, match => match[1] ?? ''));
  return { ...config, source: { json: JSON.parse(text) as Json, floatKeys } };
}

/**
 * The text of a config file. Floats of the source stay floats where their value is whole: transformers refuses an
 * integer there.
 */
export function configText(json: Json, { source }: Saved<object>): string {
  const lines = JSON.stringify(json, null, 2).split('\n');
  const spelled = lines.map(line => {
    const key = /^\s*"([^"]*)": -?\d+,?$/.exec(line)?.[1];
    return key !== undefined && source?.floatKeys.has(key) ? line.replace(/,?$/, end => `.0${end}`) : line;
  });
  return `${spelled.join('\n')}\n`;
}

/**
 * The release of diffusers (transformers) whose file layout this is, written where a file does not say already.
 * diffusers reads it to correct the settings of folders from before 0.6.
 */
export const DIFFUSERS_VERSION = '0.42.1';

/** `unet/config.json`: the file's own keys where there is one and it still holds. */
export function unetConfigJson(config: Saved<UNetConfig>): Json {
  const own = {
    sample_size: config.sampleSize,
    in_channels: config.inChannels,
    out_channels: config.outChannels,
    center_input_sample: config.centerInputSample,
    flip_sin_to_cos: config.flipSinToCos,
    freq_shift: config.freqShift,
    time_embedding_dim: config.timeEmbeddingDim,
    down_block_types: config.downBlockTypes,
    mid_block_type: 'UNetMidBlock2DCrossAttn',
    up_block_types: config.upBlockTypes,
    block_out_channels: config.blockOutChannels,
    layers_per_block: oneOrList(config.layersPerBlock),
    transformer_layers_per_block: oneOrList(config.transformerLayersPerBlock),
    cross_attention_dim: oneOrList(config.crossAttentionDim),
    attention_head_dim: oneOrList(config.numAttentionHeads),
    downsample_padding: config.downsamplePadding,
    mid_block_scale_factor: config.midBlockScaleFactor,
    norm_num_groups: config.normNumGroups,
    norm_eps: config.normEps,
    use_linear_projection: config.useLinearProjection,
    act_fn: 'silu',
  };
  return diffusersConfig('UNet2DConditionModel', config, own, parseUnetConfig);
}

/** `vae/config.json`, likewise. */
export function vaeConfigJson(config: Saved<VaeConfig>): Json {
  const levels = config.blockOutChannels.length;
  const own = {
    in_channels: config.inChannels,
    out_channels: config.outChannels,
    down_block_types: new Array<string>(levels).fill('DownEncoderBlock2D'),
    up_block_types: new Array<string>(levels).fill('UpDecoderBlock2D'),
    block_out_channels: config.blockOutChannels,
    layers_per_block: config.layersPerBlock,
    latent_channels: config.latentChannels,
    norm_num_groups: config.normNumGroups,
    sample_size: config.sampleSize,
    scaling_factor: config.scalingFactor,
    use_quant_conv: config.useQuantConv,
    use_post_quant_conv: config.usePostQuantConv,
    mid_block_add_attention: config.midBlockAddAttention,
    act_fn: 'silu',
  };
  return diffusersConfig('AutoencoderKL', config, own, parseVaeConfig);
}

/**
 * `text_encoder/config.json`, likewise. `dtype` is what transformers loads the weights as, whatever the file has: as
 * diffusers loads the other parts as float32, half precision here would make a pipeline that fails on its first prompt.
 */
export function clipTextConfigJson(config: Saved<CLIPTextConfig>): Json {
  const own = {
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.numHiddenLayers,
    num_attention_heads: config.numAttentionHeads,
    max_position_embeddings: config.maxPositionEmbeddings,
    hidden_act: config.hiddenAct,
    layer_norm_eps: config.layerNormEps,
  };
  const json = merge(config, own, parseClipTextConfig);
  return {
    architectures: ['CLIPTextModel'],
    model_type: 'clip_text_model',
    ...json,
    // The key's name up to transformers 4.55 is torch_dtype; both may be there.
    ...('torch_dtype' in json ? { torch_dtype: 'float32' } : {}),
    ...('dtype' in json || !('torch_dtype' in json) ? { dtype: 'float32' } : {}),
  };
}

/** Ids that transformers wants to know of a tokenizer. */
export interface ClipTokenIds {
  bosId: number;
  padId: number;
}

/** `config.json` of a whole CLIP. */
export function clipConfigJson(config: CLIPConfig, { bosId, padId }: ClipTokenIds): Json {
  const { text, vision, projectionDim, eosTokenId } = config;
  const layers = (half: CLIPTransformerConfig): Json => ({
    hidden_size: half.hiddenSize,
    intermediate_size: half.intermediateSize,
    num_hidden_layers: half.numHiddenLayers,
    num_attention_heads: half.numAttentionHeads,
    hidden_act: half.hiddenAct,
    layer_norm_eps: half.layerNormEps,
    attention_dropout: 0,
    projection_dim: projectionDim,
  });
  return {
    architectures: ['CLIPModel'],
    model_type: 'clip',
    projection_dim: projectionDim,
    text_config: {
      model_type: 'clip_text_model',
      ...layers(text),
      vocab_size: text.vocabSize,
      max_position_embeddings: text.maxPositionEmbeddings,
      bos_token_id: bosId,
      eos_token_id: eosTokenId,
      pad_token_id: padId,
    },
    vision_config: {
      model_type: 'clip_vision_model',
      ...layers(vision),
      num_channels: 3,
      image_size: vision.imageSize,
      patch_size: vision.patchSize,
    },
    dtype: 'float32',
  };
}

function diffusersConfig<C extends object>(
  className: string,
  config: Saved<C>,
  own: Json,
  parse: (json: unknown, place: string) => C,
): Json {
  const json = merge(config, own, parse);
  return {
    ...json,
    _class_name: className,
    _diffusers_version: json._diffusers_version ?? DIFFUSERS_VERSION,
  };
}

/** The file's keys alone while they still say what the config is; with the config's own over them where it differs. */
function merge<C extends object>(
  config: Saved<C>,
  own: Json,
  parse: (json: unknown, place: string) => C,
): Json {
  const { source, ...values } = config;
  if (source === undefined) return own;
  const holds = canonicalJson(parse(source.json, 'config.json')) === canonicalJson(values);
  return holds ? source.json : { ...source.json, ...own };
}

function oneOrList(perLevel: readonly number[]): number | readonly number[] {
  const [first = 0] = perLevel;
  return perLevel.every(value => value === first) ? first : perLevel;
}
