import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson, readText } from '../../core/files.ts';
import { parseClipConfig } from '../config/clipConfig.ts';
import { parsePreprocessor } from '../config/preprocessorConfig.ts';
import type { ImageNormalization } from '../images/index.ts';
import { CLIPModel } from '../models/index.ts';
import { CLIPTokenizer } from '../tokenizer/clipTokenizer.ts';
import { loadWeights } from './loadWeights.ts';

/** A CLIP in transformers' layout, ready to compare pictures and texts. */
export interface Clip {
  model: CLIPModel;
  tokenizer: CLIPTokenizer;
  preprocessing: ImageNormalization;
}

/**
 * Loads what `CLIPModel.from_pretrained(dir)` and `CLIPProcessor.from_pretrained(dir)` load: config.json, safetensors,
 * the tokenizer's files, preprocessor_config.json (CLIP's own values where there is none).
 *
 * @throws E_MISSING, E_MODEL, E_SAFETENSORS, E_TOKENIZER; nothing stays in memory then
 */
export async function loadClip(dir: string): Promise<Clip> {
  const place = join(dir, 'config.json');
  const config = parseClipConfig(parseJson(await readText(place), place), place);
  const preprocessing = await readPreprocessor(dir, config.vision.imageSize);
  const { maxPositionEmbeddings: maxPositions } = config.text;
  const tokenizer = await CLIPTokenizer.load(dir, { maxPositions });
  const model = new CLIPModel(config);
  try {
    await loadWeights(model, dir);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return { model, tokenizer, preprocessing };
}

/** preprocessor_config.json of a folder; what it leaves out has the values of transformers' `CLIPImageProcessor`. */
export async function readPreprocessor(dir: string, imageSize: number): Promise<ImageNormalization> {
  const place = join(dir, 'preprocessor_config.json');
  const json = existsSync(place) ? parseJson(await readText(place), place) : {};
  return parsePreprocessor(json, place, imageSize);
}
