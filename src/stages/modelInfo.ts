import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SweetspotError } from '../core/errors.ts';
import { readJson } from '../core/files.ts';
import type { SchedulerName } from './job.ts';
import { SCHEDULER_CLASSES } from './schedulers.ts';
import { countWeights } from './weightCount.ts';

/** What planning needs to know of a model folder; read from its JSON files alone. */
export interface ModelInfo {
  /** Absolute. */
  dir: string;
  /** Pixels of a picture when nothing else is asked for: the UNet's sample size x the VAE's factor. */
  width: number;
  height: number;
  /** Pixels a latent stands for, along one side. Picture sizes are multiples of it. */
  vaeFactor: number;
  /** Length of the noise schedule in training. */
  numTrainTimesteps: number;
  /** The folder's own scheduler, which a pipeline uses when none is named; null if it is one we do not have. */
  scheduler: SchedulerName | null;
  schedulerClass: string;
  /** Numbers in the weights, for estimates; null where the files do not tell. */
  unetWeights: number | null;
  textEncoderWeights: number | null;
}

/** Parts of a Stable Diffusion v1 folder that training and sampling cannot do without. */
const PARTS = ['unet', 'vae', 'text_encoder', 'tokenizer', 'scheduler'] as const;

/**
 * Reads the few numbers of a model folder in diffusers layout that a plan depends on. Where a config leaves a key out,
 * the default of the diffusers class holds (UNet2DConditionModel, AutoencoderKL, SchedulerMixin); a UNet without a
 * sample size gets 64, Stable Diffusion v1's.
 *
 * @throws E_MODEL when a part is missing or its JSON makes no sense
 */
export async function readModelInfo(dir: string): Promise<ModelInfo> {
  const missing = PARTS.filter(part => !existsSync(join(dir, part)));
  if (missing.length > 0) {
    throw new SweetspotError('E_MODEL', 'is no Stable Diffusion v1 folder in diffusers layout', {
      place: dir,
      allowed: `folders ${PARTS.join(', ')}`,
      got: `none named ${missing.join(', ')}`,
    });
  }
  const unet = await readConfig(join(dir, 'unet', 'config.json'));
  const vae = await readConfig(join(dir, 'vae', 'config.json'));
  const scheduler = await readConfig(join(dir, 'scheduler', 'scheduler_config.json'));

  const vaeFactor = 2 ** (blockCount(vae) - 1);
  const [height, width] = sampleSize(unet);
  const schedulerClass = scheduler.json._class_name;
  if (typeof schedulerClass !== 'string') {
    throw notAllowed(scheduler.place, '_class_name', 'the name of a scheduler class', schedulerClass);
  }
  return {
    dir,
    width: width * vaeFactor,
    height: height * vaeFactor,
    vaeFactor,
    numTrainTimesteps: positiveInteger(scheduler, 'num_train_timesteps', 1000),
    scheduler: SCHEDULER_CLASSES[schedulerClass] ?? null,
    schedulerClass,
    unetWeights: await countWeights(join(dir, 'unet')),
    textEncoderWeights: await countWeights(join(dir, 'text_encoder')),
  };
}

interface Config {
  place: string;
  json: Record<string, unknown>;
}

async function readConfig(place: string): Promise<Config> {
  const json = await readJson(place);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new SweetspotError('E_MODEL', 'a config must be a JSON object', { place });
  }
  return { place, json: json as Record<string, unknown> };
}

/** AutoencoderKL halves the picture between its blocks; the class default is a single block. */
function blockCount({ place, json }: Config): number {
  const blocks = json.block_out_channels ?? [64];
  if (!Array.isArray(blocks) || blocks.length === 0) {
    throw notAllowed(place, 'block_out_channels', 'a list of numbers', blocks);
  }
  return blocks.length;
}

/** @returns [height, width] of the latents */
function sampleSize(unet: Config): [number, number] {
  const size = unet.json.sample_size ?? 64;
  const [height, width] = Array.isArray(size) ? size : [size, size];
  if (!isPositiveInteger(height) || !isPositiveInteger(width)) {
    throw notAllowed(unet.place, 'sample_size', 'a whole number above 0, or a pair of them', size);
  }
  return [height, width];
}

function positiveInteger({ place, json }: Config, key: string, fallback: number): number {
  const value = json[key] ?? fallback;
  if (!isPositiveInteger(value)) throw notAllowed(place, key, 'a whole number above 0', value);
  return value;
}

const isPositiveInteger = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) > 0;

function notAllowed(place: string, key: string, allowed: string, got: unknown): SweetspotError {
  return new SweetspotError('E_MODEL', `${key} is not usable`, {
    place,
    allowed,
    got: got === undefined ? 'nothing' : JSON.stringify(got),
  });
}
