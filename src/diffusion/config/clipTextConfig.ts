import { ConfigReader } from './configReader.ts';

export const HIDDEN_ACTIVATIONS = ['quick_gelu', 'gelu'] as const;

/** What the layers of either half of a CLIP are built from. */
export interface CLIPTransformerConfig {
  hiddenSize: number;
  intermediateSize: number;
  numHiddenLayers: number;
  numAttentionHeads: number;
  hiddenAct: (typeof HIDDEN_ACTIVATIONS)[number];
  layerNormEps: number;
}

/** What `CLIPTextModel` is built from. */
export interface CLIPTextConfig extends CLIPTransformerConfig {
  vocabSize: number;
  maxPositionEmbeddings: number;
}

/**
 * Parses `text_encoder/config.json` with the defaults of transformers' `CLIPTextConfig`; of a whole CLIP's configuration
 * the `text_config` is taken. `place` names the file in errors; another kind of text encoder fails with E_MODEL.
 */
export function parseClipTextConfig(json: unknown, place: string): CLIPTextConfig {
  const outer = new ConfigReader(json, place);
  const read = outer.isNullOrMissing('text_config')
    ? outer
    : new ConfigReader(outer.raw('text_config'), `${place}: text_config`);
  read.off('model_type', ['clip_text_model', 'clip']);
  read.off('attention_dropout', [0]);
  return {
    vocabSize: read.integer('vocab_size', 49408, { max: 1 << 24 }),
    hiddenSize: read.integer('hidden_size', 512),
    intermediateSize: read.integer('intermediate_size', 2048),
    numHiddenLayers: read.integer('num_hidden_layers', 12, { max: 256 }),
    numAttentionHeads: read.integer('num_attention_heads', 8),
    maxPositionEmbeddings: read.integer('max_position_embeddings', 77),
    hiddenAct: read.oneOf('hidden_act', 'quick_gelu', HIDDEN_ACTIVATIONS),
    layerNormEps: read.positive('layer_norm_eps', 1e-5),
  };
}
