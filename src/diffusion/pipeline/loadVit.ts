import { join } from 'node:path';
import { parseJson, readText } from '../../core/files.ts';
import { parseVitConfig } from '../config/vitConfig.ts';
import type { ImageNormalization } from '../images/index.ts';
import { ViTModel } from '../models/index.ts';
import { readPreprocessor } from './loadClip.ts';
import { loadWeights } from './loadWeights.ts';

/**
 * Loads what `ViTModel.from_pretrained(dir)` loads, with the folder's preprocessor_config.json.
 *
 * @throws E_MISSING, E_MODEL, E_SAFETENSORS; nothing stays in memory then
 */
export async function loadVit(dir: string): Promise<{ model: ViTModel; preprocessing: ImageNormalization }> {
  const place = join(dir, 'config.json');
  const config = parseVitConfig(parseJson(await readText(place), place), place);
  const preprocessing = await readPreprocessor(dir, config.imageSize);
  const model = new ViTModel(config);
  try {
    await loadWeights(model, dir);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return { model, preprocessing };
}
