import { join } from 'node:path';
import { readJson, writeJson } from '../../core/files.ts';
import { writeEntriesAtomic } from '../../core/folders.ts';
import { copyTextFiles } from '../copyTextFiles.ts';
import { saveTokenizer } from '../tokenizer/saveTokenizer.ts';
import { IGNORED_COMPONENTS } from './modelIndex.ts';
import { DIFFUSERS_VERSION } from './savedConfig.ts';
import { type SaveOptions, saveTextEncoder, saveUnet, saveVae } from './saveModel.ts';
import type { StableDiffusionPipeline } from './stableDiffusionPipeline.ts';

/** In the order in which they take their places: a folder is a pipeline once it has a model_index.json. */
const ENTRIES = ['scheduler', 'tokenizer', 'text_encoder', 'vae', 'unet', 'model_index.json'];

/**
 * Writes a whole model folder that diffusers loads and samples from: weights and added tokens from memory, the rest of
 * tokenizer and scheduler as it is in the folder that the pipeline came from. Other files in `dir` (losses, checkpoints) stay; on an
 * error nothing has changed. `dir` may be the pipeline's own folder.
 *
 * @throws E_NOT_FINITE, E_WRITE, and E_MISSING when the folder it came from is gone
 */
export function savePipeline(
  dir: string,
  pipeline: StableDiffusionPipeline,
  options: SaveOptions = {},
): Promise<void> {
  return writeEntriesAtomic(dir, async stage => {
    await copyTextFiles(join(pipeline.dir, 'scheduler'), join(stage, 'scheduler'));
    await saveTokenizer(join(stage, 'tokenizer'), pipeline.tokenizer);
    await saveTextEncoder(join(stage, 'text_encoder'), pipeline.textEncoder, options);
    await saveVae(join(stage, 'vae'), pipeline.vae, options);
    await saveUnet(join(stage, 'unet'), pipeline.unet, options);
    await writeJson(join(stage, 'model_index.json'), await indexJson(pipeline.dir));
    return ENTRIES;
  });
}

/** The index as found, without the parts that are not carried over, and with the classes that are written. */
async function indexJson(dir: string): Promise<object> {
  const found = (await readJson(join(dir, 'model_index.json'))) as Readonly<Record<string, unknown>>;
  return {
    _diffusers_version: DIFFUSERS_VERSION,
    ...found,
    ...Object.fromEntries(IGNORED_COMPONENTS.map(name => [name, [null, null]])),
    requires_safety_checker: false,
    text_encoder: ['transformers', 'CLIPTextModel'],
    unet: ['diffusers', 'UNet2DConditionModel'],
    vae: ['diffusers', 'AutoencoderKL'],
  };
}
