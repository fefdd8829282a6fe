import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeJson } from '../../core/files.ts';
import { writeFolderAtomic } from '../../core/folders.ts';
import { writeClip } from '../../diffusion/pipeline/index.ts';
import { CLIPTokenizer } from '../../diffusion/tokenizer/clipTokenizer.ts';
import type { PretrainParameters } from '../../stages/job.ts';
import { readThings } from './art.ts';
import { ClipPretraining } from './clipPretraining.ts';
import { POCKET_SIZE } from './clipRecipe.ts';
import { readTextConfig } from './readTextConfig.ts';
import { type PretrainHooks, runPretraining } from './runPretraining.ts';

const CHECKPOINT_EVERY = 100;

const TOKENIZER_FILES = ['vocab.json', 'merges.txt', 'tokenizer.json', 'tokenizer_config.json'];

/**
 * `sweetspot pretrain clip`: trains the pocket model's CLIP in the work folder, where it goes on from the last
 * checkpoint, and writes it to the output folder when it is done.
 */
export async function pretrainClip(
  { artDir, tokenizerDir, textEncoderDir, workDir, outputDir, steps, seed }: PretrainParameters,
  hooks: PretrainHooks,
): Promise<'done' | 'stopped'> {
  const things = await readThings(artDir, POCKET_SIZE);
  const tokenizer = await CLIPTokenizer.load(tokenizerDir);
  const textEncoder =
    textEncoderDir === null ? null : { dir: textEncoderDir, config: await readTextConfig(textEncoderDir) };
  const training = await ClipPretraining.create({ things, tokenizer, seed, steps, textEncoder });
  try {
    const end = await runPretraining(training, { workDir, steps, every: CHECKPOINT_EVERY }, hooks);
    if (end === 'stopped') return end;
    await writeFolderAtomic(outputDir, async dir => {
      await writeClip(dir, training.model, tokenizer, { dtype: 'F16' });
      await writeJson(join(dir, 'preprocessor_config.json'), PREPROCESSOR);
      for (const name of TOKENIZER_FILES) {
        if (existsSync(join(tokenizerDir, name))) await copyFile(join(tokenizerDir, name), join(dir, name));
      }
    });
    return 'done';
  } finally {
    training.dispose();
  }
}

const PREPROCESSOR = {
  image_processor_type: 'CLIPImageProcessor',
  do_convert_rgb: true,
  do_resize: true,
  size: { shortest_edge: POCKET_SIZE },
  resample: 3,
  do_center_crop: true,
  crop_size: { height: POCKET_SIZE, width: POCKET_SIZE },
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
};
