import { existsSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, writeJson } from '../../core/files.ts';
import { writeFolderAtomic } from '../../core/folders.ts';
import { makeFolder } from '../../core/makeFolder.ts';
import { type CLIPTextConfig, parseClipTextConfig } from '../../diffusion/config/clipTextConfig.ts';
import { writeClip } from '../../diffusion/pipeline/index.ts';
import { CLIPTokenizer } from '../../diffusion/tokenizer/clipTokenizer.ts';
import type { PretrainParameters } from '../../stages/job.ts';
import { checkpointDir, listCheckpoints } from '../checkpointFolders.ts';
import type { StepMetrics } from '../dreambooth.ts';
import { LossFile } from '../lossFile.ts';
import { readThings } from './art.ts';
import { ClipPretraining } from './clipPretraining.ts';
import { POCKET_SIZE } from './clipRecipe.ts';

export interface PretrainHooks {
  signal: AbortSignal;
  onStep(metrics: StepMetrics): void;
  onInfo(message: string): void;
}

const CHECKPOINT_EVERY = 100;

const TOKENIZER_FILES = ['vocab.json', 'merges.txt', 'tokenizer.json', 'tokenizer_config.json'];

/**
 * `sweetspot pretrain clip`: trains the pocket model's CLIP in the work folder, where it goes on from the last
 * checkpoint, and writes it to the output folder when it is done.
 */
export async function pretrainClip(
  { artDir, tokenizerDir, textEncoderDir, workDir, outputDir, steps, seed }: PretrainParameters,
  { signal, onStep, onInfo }: PretrainHooks,
): Promise<'done' | 'stopped'> {
  const things = await readThings(artDir, POCKET_SIZE);
  const tokenizer = await CLIPTokenizer.load(tokenizerDir);
  makeFolder(workDir);
  const textEncoder = textEncoderDir === null ? null : await readTextEncoder(textEncoderDir);
  const training = await ClipPretraining.create({ things, tokenizer, seed, steps, textEncoder });
  try {
    const last = (await listCheckpoints(workDir)).at(-1);
    if (last) {
      await training.restore(last.dir);
      onInfo(`going on from step ${training.step}`);
    }
    const losses = await LossFile.open(workDir, training.step);
    while (training.step < steps) {
      const next = Math.min(steps, (Math.floor(training.step / CHECKPOINT_EVERY) + 1) * CHECKPOINT_EVERY);
      const end = await training.run(next, {
        signal,
        onStep: metrics => {
          losses.append(metrics);
          onStep(metrics);
        },
      });
      await checkpoint(training, workDir);
      if (end === 'stopped') return end;
      onInfo(`step ${training.step}: ${recall(training)}`);
    }
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

async function readTextEncoder(dir: string): Promise<{ dir: string; config: CLIPTextConfig }> {
  const place = join(dir, 'config.json');
  return { dir, config: parseClipTextConfig(await readJson(place), place) };
}

/** Keeps the latest only. */
async function checkpoint(training: ClipPretraining, workDir: string): Promise<void> {
  const earlier = (await listCheckpoints(workDir)).filter(({ step }) => step !== training.step);
  await writeFolderAtomic(checkpointDir(workDir, training.step), dir => training.write(dir));
  for (const { dir } of earlier) await rm(dir, { recursive: true, force: true });
}

function recall(training: ClipPretraining): string {
  const { imageToText, textToImage } = training.validate();
  return `of 512 unseen pictures ${imageToText.toFixed(3)} find their caption, of captions ${textToImage.toFixed(3)} their picture`;
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
