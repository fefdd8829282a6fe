import type { CLIPVisionConfig } from './clipConfig.ts';
import { HIDDEN_ACTIVATIONS } from './clipTextConfig.ts';
import { ConfigReader } from './configReader.ts';

/** What `ViTModel` is built from: the same numbers as CLIP's picture half. */
export type ViTConfig = CLIPVisionConfig;

/** Parses a ViT's `config.json` with the defaults of transformers' `ViTConfig`; E_MODEL where it is none. */
export function parseVitConfig(json: unknown, place: string): ViTConfig {
  const read = new ConfigReader(json, place);
  read.oneOf('model_type', 'vit', ['vit']);
  read.off('num_channels', [3]);
  read.off('qkv_bias', [true]);
  return {
    hiddenSize: read.integer('hidden_size', 768),
    intermediateSize: read.integer('intermediate_size', 3072),
    numHiddenLayers: read.integer('num_hidden_layers', 12, { max: 256 }),
    numAttentionHeads: read.integer('num_attention_heads', 12),
    hiddenAct: read.oneOf('hidden_act', 'gelu', HIDDEN_ACTIVATIONS),
    layerNormEps: read.positive('layer_norm_eps', 1e-12),
    imageSize: read.integer('image_size', 224),
    patchSize: read.integer('patch_size', 16),
  };
}
