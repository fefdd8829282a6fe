import {
  type CLIPTextConfig,
  type CLIPTransformerConfig,
  HIDDEN_ACTIVATIONS,
  parseClipTextConfig,
} from './clipTextConfig.ts';
import { ConfigReader } from './configReader.ts';

/** What `CLIPVisionModel` is built from. */
export interface CLIPVisionConfig extends CLIPTransformerConfig {
  /** Pixels along a side of the square picture it takes. */
  imageSize: number;
  /** Pixels along a side of a patch. */
  patchSize: number;
}

/** What `CLIPModel` is built from. */
export interface CLIPConfig {
  text: CLIPTextConfig;
  vision: CLIPVisionConfig;
  /** Length of the embeddings that pictures and texts are compared by. */
  projectionDim: number;
  /**
   * The token whose state is the text's. 2 in files from before 2023, where it is wrong: there the token with the
   * highest number is meant (as in transformers' CLIPTextTransformer).
   */
  eosTokenId: number;
}

/** Parses a `config.json` of a whole CLIP with the defaults of transformers' `CLIPConfig`; E_MODEL where it is none. */
export function parseClipConfig(json: unknown, place: string): CLIPConfig {
  const read = new ConfigReader(json, place);
  read.oneOf('model_type', 'clip', ['clip']);
  const text = new ConfigReader(read.raw('text_config') ?? {}, `${place}: text_config`);
  return {
    text: parseClipTextConfig({ text_config: read.raw('text_config') ?? {} }, place),
    vision: parseVision(read.raw('vision_config') ?? {}, `${place}: vision_config`),
    projectionDim: read.integer('projection_dim', 512),
    eosTokenId: text.integer('eos_token_id', 49407, { min: 0, max: 1 << 24 }),
  };
}

function parseVision(json: unknown, place: string): CLIPVisionConfig {
  const read = new ConfigReader(json, place);
  read.off('attention_dropout', [0]);
  return readVision(read, { hiddenAct: 'quick_gelu', layerNormEps: 1e-5, patchSize: 32 });
}

/** The numbers of a picture transformer; `defaults` are those in which CLIP's and the plain ViT's files differ. */
export function readVision(
  read: ConfigReader,
  defaults: Pick<CLIPVisionConfig, 'hiddenAct' | 'layerNormEps' | 'patchSize'>,
): CLIPVisionConfig {
  read.off('num_channels', [3]);
  return {
    hiddenSize: read.integer('hidden_size', 768),
    intermediateSize: read.integer('intermediate_size', 3072),
    numHiddenLayers: read.integer('num_hidden_layers', 12, { max: 256 }),
    numAttentionHeads: read.integer('num_attention_heads', 12),
    hiddenAct: read.oneOf('hidden_act', defaults.hiddenAct, HIDDEN_ACTIVATIONS),
    layerNormEps: read.positive('layer_norm_eps', defaults.layerNormEps),
    imageSize: read.integer('image_size', 224),
    patchSize: read.integer('patch_size', defaults.patchSize),
  };
}
