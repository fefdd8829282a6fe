import { join } from 'node:path';
import { SweetspotError } from '../core/errors.ts';
import { readJson, writeFileAtomic } from '../core/files.ts';
import {
  loadWeights,
  type StableDiffusionPipeline,
  saveTextEncoder,
  saveUnet,
} from '../diffusion/pipeline/index.ts';
import { type EmaOptions, isSameEma } from '../stages/ema.ts';
import type { EmaWeights } from './emaWeights.ts';
import type { TrainedGroup } from './trainedGroups.ts';

/** Writes the trained parts as folders `unet` and perhaps `text_encoder`, names with `suffix`. */
export async function saveTrained(
  dir: string,
  { unet, textEncoder }: StableDiffusionPipeline,
  groups: readonly TrainedGroup[],
  suffix = '',
): Promise<void> {
  for (const { part } of groups) {
    const folder = join(dir, part + suffix);
    await (part === 'unet' ? saveUnet(folder, unet) : saveTextEncoder(folder, textEncoder));
  }
}

/** The way back of {@link saveTrained}. */
export async function loadTrained(
  dir: string,
  { unet, textEncoder }: StableDiffusionPipeline,
  groups: readonly TrainedGroup[],
  suffix = '',
): Promise<void> {
  for (const { part } of groups) {
    await loadWeights(part === 'unet' ? unet : textEncoder, join(dir, part + suffix));
  }
}

/** `unet_ema` as diffusers' training scripts call it; further averages are numbered. */
const averageSuffix = (index: number): string => (index === 0 ? '_ema' : `_ema_${index}`);

/**
 * Writes averages of the weights into a checkpoint. Their config.json holds what EMAModel.from_pretrained wants to know.
 * @param step optimizer updates made
 */
export async function saveAverages(
  dir: string,
  averages: readonly EmaWeights[],
  {
    pipeline,
    groups,
    step,
  }: { pipeline: StableDiffusionPipeline; groups: readonly TrainedGroup[]; step: number },
): Promise<void> {
  for (const [i, average] of averages.entries()) {
    const suffix = averageSuffix(i);
    await average.worn(() => saveTrained(dir, pipeline, groups, suffix));
    const { decay, minDecay, updateAfterStep, useEmaWarmup, invGamma, power } = average.options;
    for (const { part } of groups) {
      const path = join(dir, part + suffix, 'config.json');
      const config = {
        ...((await readJson(path)) as object),
        decay,
        min_decay: minDecay,
        optimization_step: step,
        update_after_step: updateAfterStep,
        use_ema_warmup: useEmaWarmup,
        inv_gamma: invGamma,
        power,
      };
      // EMAModel refuses a whole number here, and Python takes 0 for one.
      const text = JSON.stringify(config, null, 2).replace(/("min_decay": \d+)(?![\d.e])/, '$1.0');
      await writeFileAtomic(path, `${text}\n`);
    }
  }
}

/**
 * Where a checkpoint has each of the wanted averages.
 * @throws E_CHECKPOINT where it lacks one
 */
export function averageSuffixes(
  dir: string,
  wanted: readonly EmaOptions[],
  there: readonly EmaOptions[],
): string[] {
  return wanted.map(options => {
    const index = there.findIndex(other => isSameEma(other, options));
    if (index >= 0) return averageSuffix(index);
    throw new SweetspotError('E_CHECKPOINT', 'the checkpoint has no such average of the weights', {
      place: dir,
      hint: 'Give the same use_ema and ema options, or start over.',
    });
  });
}
