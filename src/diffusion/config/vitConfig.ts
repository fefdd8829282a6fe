import { type CLIPVisionConfig, readVision } from './clipConfig.ts';
import { ConfigReader } from './configReader.ts';

/** What `ViTModel` is built from: the same numbers as CLIP's picture half. */
export type ViTConfig = CLIPVisionConfig;

/** Parses a ViT's `config.json` with the defaults of transformers' `ViTConfig`; E_MODEL where it is none. */
export function parseVitConfig(json: unknown, place: string): ViTConfig {
  const read = new ConfigReader(json, place);
  read.oneOf('model_type', 'vit', ['vit']);
  read.off('qkv_bias', [true]);
  return readVision(read, { hiddenAct: 'gelu', layerNormEps: 1e-12, patchSize: 16 });
}
