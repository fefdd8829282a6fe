import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, writeJson } from '../../core/files.ts';
import { writeEntriesAtomic } from '../../core/folders.ts';
import { copyTextFiles } from '../../diffusion/copyTextFiles.ts';
import { CLIPTokenizer } from '../../diffusion/tokenizer/clipTokenizer.ts';
import type { UnetPretraining } from './unetPretraining.ts';
import { SCHEDULER_JSON } from './unetRecipe.ts';

/**
 * Writes what was trained as a whole model in diffusers' layout, in half precision, with the VAE and the tokenizer that it
 * was trained with. What else is in the folder stays.
 */
export function writePocket(
  dir: string,
  { training, vaeDir, tokenizerDir }: { training: UnetPretraining; vaeDir: string; tokenizerDir: string },
): Promise<void> {
  return writeEntriesAtomic(dir, async stage => {
    await training.save(stage, { dtype: 'F16' });
    await cp(vaeDir, join(stage, 'vae'), { recursive: true });
    await copyTextFiles(tokenizerDir, join(stage, 'tokenizer'));
    await nameTokens(join(stage, 'text_encoder', 'config.json'), tokenizerDir);
    await writeJson(join(stage, 'scheduler', 'scheduler_config.json'), SCHEDULER_JSON);
    await writeJson(join(stage, 'model_index.json'), MODEL_INDEX_JSON);
    // In this order: a folder is a model once it has an index.
    return ['scheduler', 'tokenizer', 'text_encoder', 'vae', 'unet', 'model_index.json'];
  });
}

/** Beginning, end and padding by number: transformers' defaults are those of a vocabulary of 49,408. */
async function nameTokens(path: string, tokenizerDir: string): Promise<void> {
  const { bosId, eosId, padId } = await CLIPTokenizer.load(tokenizerDir);
  const config = await readJson(path);
  await writeJson(path, {
    ...(config as object),
    bos_token_id: bosId,
    eos_token_id: eosId,
    pad_token_id: padId,
  });
}

/** What the model's folder says that it is made of. */
const MODEL_INDEX_JSON = {
  _class_name: 'StableDiffusionPipeline',
  _diffusers_version: '0.42.1',
  feature_extractor: [null, null],
  image_encoder: [null, null],
  requires_safety_checker: false,
  safety_checker: [null, null],
  scheduler: ['diffusers', 'PNDMScheduler'],
  text_encoder: ['transformers', 'CLIPTextModel'],
  tokenizer: ['transformers', 'CLIPTokenizer'],
  unet: ['diffusers', 'UNet2DConditionModel'],
  vae: ['diffusers', 'AutoencoderKL'],
} as const;
