import type { PretrainParameters } from '../../stages/job.ts';
import { readThings } from './art.ts';
import { POCKET_SIZE } from './clipRecipe.ts';
import { readVaeConfig } from './readVaeConfig.ts';
import { type PretrainHooks, runPretraining } from './runPretraining.ts';
import { VaePretraining } from './vaePretraining.ts';

const CHECKPOINT_EVERY = 250;

/**
 * `sweetspot pretrain vae` and `pretrain decoder`: trains the pocket model's VAE in the work folder, where it goes on from
 * the last checkpoint, and writes it to the output folder when it is done. With `vaeDir` only the decoder of that one.
 */
export async function pretrainVae(
  { artDir, vaeDir, workDir, outputDir, steps, seed }: PretrainParameters,
  hooks: PretrainHooks,
): Promise<'done' | 'stopped'> {
  const things = await readThings(artDir, POCKET_SIZE);
  const encoder = vaeDir === null ? null : { dir: vaeDir, config: await readVaeConfig(vaeDir) };
  const training = await VaePretraining.create({ things, seed, steps, encoder });
  try {
    const end = await runPretraining(training, { workDir, steps, every: CHECKPOINT_EVERY }, hooks);
    if (end === 'done') await training.save(outputDir, { dtype: 'F16' });
    return end;
  } finally {
    training.dispose();
  }
}
