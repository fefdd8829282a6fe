import { basename, join } from 'node:path';
import { SweetspotError } from '../../core/errors.ts';
import { parseJson, readText } from '../../core/files.ts';
import { type CLIPTextConfig, parseClipTextConfig } from '../config/clipTextConfig.ts';
import { parseSchedulerConfig, type SchedulerConfig } from '../config/schedulerConfig.ts';
import { parseUnetConfig, type UNetConfig } from '../config/unetConfig.ts';
import { parseVaeConfig, type VaeConfig } from '../config/vaeConfig.ts';
import { readModelIndex } from './modelIndex.ts';
import { type Saved, withSource } from './savedConfig.ts';

/** What the JSON files of a model folder say, parsed and fitting together. */
export interface PipelineFolder {
  dir: string;
  unet: Saved<UNetConfig>;
  vae: Saved<VaeConfig>;
  textEncoder: Saved<CLIPTextConfig>;
  scheduler: SchedulerConfig;
}

/**
 * Reads every config of a model folder, without its weights and its vocabulary.
 *
 * @throws E_MISSING, E_MODEL, E_SCHEDULER
 */
export async function readPipelineFolder(dir: string): Promise<PipelineFolder> {
  const index = await readModelIndex(dir);
  const schedulerClass: unknown = Array.isArray(index.scheduler) ? index.scheduler[1] : undefined;
  const folder: PipelineFolder = {
    dir,
    unet: await readConfig(join(dir, 'unet', 'config.json'), parseUnetConfig),
    vae: await readConfig(join(dir, 'vae', 'config.json'), parseVaeConfig),
    textEncoder: await readConfig(join(dir, 'text_encoder', 'config.json'), parseClipTextConfig),
    scheduler: await readSchedulerConfig(dir, String(schedulerClass)),
  };
  checkFit(folder);
  return folder;
}

async function readConfig<C extends object>(
  path: string,
  parse: (json: unknown, place: string) => C,
): Promise<Saved<C>> {
  const text = await readText(path);
  return withSource(parse(parseJson(text, path), path), text);
}

async function readSchedulerConfig(dir: string, className: string): Promise<SchedulerConfig> {
  const place = join(dir, 'scheduler', 'scheduler_config.json');
  // Python writes infinities as bare words (a solver's default lambda_min_clipped); JSON has no word for them.
  const text = (await readText(place)).replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, word =>
    word.startsWith('"') ? word : `"${word}"`,
  );
  return parseSchedulerConfig(parseJson(text, place), place, className);
}

const UNET_KINDS: Record<number, string> = {
  5: 'a depth-to-image model',
  7: 'an upscaler',
  8: 'an image-editing model',
  9: 'an inpainting model',
};

function checkFit({ dir, unet, vae, textEncoder }: PipelineFolder): void {
  const place = join(dir, 'unet', 'config.json');
  const latents = vae.latentChannels;
  for (const [key, channels] of [
    ['in_channels', unet.inChannels],
    ['out_channels', unet.outChannels],
  ] as const) {
    if (channels === latents) continue;
    const kind = key === 'in_channels' ? UNET_KINDS[channels] : undefined;
    throw new SweetspotError('E_MODEL', 'UNet and VAE do not fit together', {
      place: `${place}: ${key}`,
      allowed: `${latents}, the VAE's latent_channels`,
      got: `${channels}${kind ? ` (${kind})` : ''}`,
      hint: 'Use a text-to-image model',
    });
  }
  const foreign = unet.crossAttentionDim.find(width => width !== textEncoder.hiddenSize);
  if (foreign !== undefined) {
    throw new SweetspotError('E_MODEL', 'UNet and text encoder do not fit together', {
      place: `${place}: cross_attention_dim`,
      allowed: `${textEncoder.hiddenSize}, the text encoder's hidden_size`,
      got: `${foreign}`,
      hint: `Take unet and text_encoder of ${basename(dir)} from the same model`,
    });
  }
}
