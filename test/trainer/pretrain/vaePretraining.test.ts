import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../../src/compute/backend.ts';
import { parseVaeConfig, type VaeConfig } from '../../../src/diffusion/config/vaeConfig.ts';
import { AutoencoderKL } from '../../../src/diffusion/models/index.ts';
import { loadWeights } from '../../../src/diffusion/pipeline/index.ts';
import { latentSpread } from '../../../src/trainer/pretrain/reconstruction.ts';
import { unseenScenes } from '../../../src/trainer/pretrain/scene.ts';
import { trainUntil } from '../../../src/trainer/pretrain/trainUntil.ts';
import { VaePretraining } from '../../../src/trainer/pretrain/vaePretraining.ts';
import { VAE_CONFIG } from '../../../src/trainer/pretrain/vaeRecipe.ts';
import { tempDir } from '../../support/tmp.ts';
import { isSame, things } from './things.ts';

const config: VaeConfig = { ...VAE_CONFIG, blockOutChannels: [8, 8, 8], sampleSize: 32 };

const start = (
  encoder: { dir: string; config: VaeConfig } | null = null,
  seed = 3,
): Promise<VaePretraining> =>
  VaePretraining.create({ things, seed, steps: 4, batchSize: 2, config, encoder });

async function saved(training: VaePretraining): Promise<{ dir: string; config: VaeConfig }> {
  const dir = join(tempDir(), 'vae');
  await training.save(dir);
  return { dir, config: parseVaeConfig(JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8')), '') };
}

beforeAll(async () => {
  await initBackend({ name: 'wasm', threads: 1 });
});

describe('pretraining of the VAE', () => {
  it('goes on bit for bit from where it was written', async () => {
    const whole = await start();
    await trainUntil(whole, 2);
    const dir = tempDir();
    await whole.write(dir);
    await trainUntil(whole, 4);
    const again = await start();
    await again.restore(dir);
    expect(again.step).toBe(2);
    await trainUntil(again, 4);
    whole.model.parameters.forEach((parameter, i) => {
      expect(isSame(again.model.parameters[i]?.get(), parameter.get())).toBe(true);
    });
    await expect((await start(null, 4)).restore(dir)).rejects.toMatchObject({ code: 'E_CHECKPOINT' });
    whole.dispose();
    again.dispose();
  });

  it('is saved with the factor that gives its latents a spread of 1', async () => {
    const training = await start();
    const losses: number[] = [];
    await trainUntil(training, 2, { onStep: ({ loss }) => losses.push(loss) });
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(await training.validate()).toMatch(/^96 unseen pictures come back with \d+\.\d\d dB$/);
    const { dir, config: read } = await saved(training);
    expect(read).toMatchObject({ blockOutChannels: [8, 8, 8], midBlockAddAttention: false });
    expect(read.scalingFactor).not.toBe(1);
    expect(read.scalingFactor).toBeGreaterThan(0);
    const loaded = new AutoencoderKL(read);
    await loadWeights(loaded, dir);
    const scenes = unseenScenes(things, 32);
    expect(latentSpread(loaded, scenes) * read.scalingFactor).toBeCloseTo(1, 4);
    loaded.dispose();
    training.dispose();
  });

  it("trains a VAE's decoder alone, and leaves its latents as they are", async () => {
    const first = await start();
    await trainUntil(first, 1);
    const encoder = await saved(first);
    const training = await start(encoder);
    const before = training.model.parameters.map(parameter => parameter.get());
    await trainUntil(training, 2);
    const changed = training.model.parameters.filter((parameter, i) => !isSame(parameter.get(), before[i]));
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.every(({ name }) => /^(decoder|post_quant_conv)\./.test(name))).toBe(true);
    const again = await saved(training);
    expect(again.config.scalingFactor).toBe(encoder.config.scalingFactor);
    first.dispose();
    training.dispose();
  });
});
