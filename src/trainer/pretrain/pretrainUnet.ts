import { join } from 'node:path';
import { SweetspotError } from '../../core/errors.ts';
import { AutoencoderKL } from '../../diffusion/models/index.ts';
import { loadWeights } from '../../diffusion/pipeline/index.ts';
import { CLIPTokenizer } from '../../diffusion/tokenizer/clipTokenizer.ts';
import type { PretrainParameters } from '../../stages/job.ts';
import { readThings } from './art.ts';
import { POCKET_SIZE, textConfig } from './clipRecipe.ts';
import { type LatentScene, latentPool } from './latentPool.ts';
import { readTextConfig } from './readTextConfig.ts';
import { readVaeConfig } from './readVaeConfig.ts';
import { type PretrainHooks, runPretraining } from './runPretraining.ts';
import { UnetPretraining } from './unetPretraining.ts';
import { UNET_TRAINING } from './unetRecipe.ts';
import { writePocket } from './writePocket.ts';

const CHECKPOINT_EVERY = 500;
const UNSEEN = { count: 256, seed: 77 };

/**
 * `sweetspot pretrain unet`: encodes pictures with a trained VAE, trains the UNet and the text encoder on them in the work
 * folder, where it goes on from the last checkpoint, and writes the whole model to the output folder when it is done.
 */
export async function pretrainUnet(
  parameters: PretrainParameters,
  hooks: PretrainHooks,
): Promise<'done' | 'stopped'> {
  const { tokenizerDir, textEncoderDir, vaeDir, workDir, outputDir, steps, seed } = parameters;
  if (vaeDir === null) throw new SweetspotError('E_INTERNAL', 'a UNet without a VAE to get latents from');
  const tokenizer = await CLIPTokenizer.load(tokenizerDir);
  const textEncoder =
    textEncoderDir === null
      ? { dir: null, config: textConfig(tokenizer) }
      : { dir: textEncoderDir, config: await readTextConfig(textEncoderDir) };
  const data = await readLatents({ ...parameters, vaeDir }, hooks);
  if (data === null) return 'stopped';
  const training = await UnetPretraining.create({ ...data, tokenizer, seed, steps, textEncoder });
  try {
    const end = await runPretraining(training, { workDir, steps, every: CHECKPOINT_EVERY }, hooks);
    if (end === 'stopped') return end;
    await writePocket(outputDir, { training, vaeDir, tokenizerDir });
    return 'done';
  } finally {
    training.dispose();
  }
}

interface Latents {
  pool: LatentScene[];
  unseen: LatentScene[];
  scalingFactor: number;
}

/** Null after a stop request. */
async function readLatents(
  { artDir, vaeDir, workDir, seed, steps }: PretrainParameters & { vaeDir: string },
  { signal, onInfo }: PretrainHooks,
): Promise<Latents | null> {
  const things = await readThings(artDir, POCKET_SIZE);
  const vae = new AutoencoderKL(await readVaeConfig(vaeDir));
  try {
    await loadWeights(vae, vaeDir);
    const setup = { vae, things, signal };
    const count = Math.min(UNET_TRAINING.poolSize, steps * UNET_TRAINING.batchSize);
    const unseen = await latentPool({ ...setup, ...UNSEEN, dir: join(workDir, 'latents', 'unseen') });
    const pool = await latentPool({
      ...setup,
      dir: join(workDir, 'latents'),
      seed,
      count,
      onProgress: done => onInfo(`${done} of ${count} pictures encoded`),
    });
    return signal.aborted ? null : { pool, unseen, scalingFactor: vae.config.scalingFactor };
  } finally {
    vae.dispose();
  }
}
