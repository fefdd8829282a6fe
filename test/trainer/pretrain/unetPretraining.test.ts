import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../../src/compute/backend.ts';
import type { UNetConfig } from '../../../src/diffusion/config/unetConfig.ts';
import { AutoencoderKL } from '../../../src/diffusion/models/index.ts';
import { loadPipeline, saveVae } from '../../../src/diffusion/pipeline/index.ts';
import { textToImage } from '../../../src/diffusion/textToImage.ts';
import { CLIPTokenizer } from '../../../src/diffusion/tokenizer/clipTokenizer.ts';
import { type LatentScene, latentPool } from '../../../src/trainer/pretrain/latentPool.ts';
import { trainUntil } from '../../../src/trainer/pretrain/trainUntil.ts';
import { UnetPretraining } from '../../../src/trainer/pretrain/unetPretraining.ts';
import { UNET_CONFIG } from '../../../src/trainer/pretrain/unetRecipe.ts';
import { VaePretraining } from '../../../src/trainer/pretrain/vaePretraining.ts';
import { VAE_CONFIG } from '../../../src/trainer/pretrain/vaeRecipe.ts';
import { writePocket } from '../../../src/trainer/pretrain/writePocket.ts';
import { tempDir } from '../../support/tmp.ts';
import { isSame, things } from './things.ts';

const config: UNetConfig = {
  ...UNET_CONFIG,
  sampleSize: 8,
  blockOutChannels: [16, 16, 16],
  timeEmbeddingDim: 32,
  crossAttentionDim: [8, 8, 8],
  normNumGroups: 8,
};
const texts = {
  hiddenAct: 'quick_gelu' as const,
  layerNormEps: 1e-5,
  numHiddenLayers: 1,
  numAttentionHeads: 2,
  hiddenSize: 8,
  intermediateSize: 16,
};
let tokenizer: CLIPTokenizer;
let vae: AutoencoderKL;
let pool: LatentScene[];

const start = (): Promise<UnetPretraining> =>
  UnetPretraining.create({
    tokenizer,
    pool: pool.slice(4),
    unseen: pool.slice(0, 4),
    scalingFactor: 2,
    seed: 3,
    steps: 20,
    batchSize: 2,
    config,
    textEncoder: {
      dir: null,
      config: { ...texts, vocabSize: tokenizer.vocabSize, maxPositionEmbeddings: tokenizer.modelMaxLength },
    },
  });

beforeAll(async () => {
  await initBackend({ name: 'wasm', threads: 1 });
  tokenizer = await CLIPTokenizer.load(join(import.meta.dirname, '../../../models/pocket/tokenizer'));
  const small = { ...VAE_CONFIG, blockOutChannels: [8, 8, 8], sampleSize: 32 };
  vae = (await VaePretraining.create({ things, seed: 0, steps: 1, config: small, encoder: null })).model;
  const dir = mkdtempSync(join(tmpdir(), 'sweetspot-test-'));
  pool = await latentPool({ dir, vae, things, seed: 1, count: 12 });
  rmSync(dir, { recursive: true });
});

describe('the pool of latents', () => {
  it('is read again, not made again, and is the same', async () => {
    const setup = { dir: tempDir(), vae, things, seed: 1, count: 12 };
    const made = await latentPool(setup);
    const unloaded = new AutoencoderKL(vae.config);
    const read = await latentPool({ ...setup, vae: unloaded });
    expect(read).toEqual(made);
    expect(made.map(({ caption }) => caption)).toEqual(pool.map(({ caption }) => caption));
    expect(made[0]?.moments.shape).toEqual([8, 8, 4]);
  });
});

describe('pretraining of the UNet', () => {
  it('goes on bit for bit from where it was written, with its average', async () => {
    const whole = await start();
    await trainUntil(whole, 9);
    const dir = tempDir();
    await whole.write(dir);
    await trainUntil(whole, 11);
    const again = await start();
    await again.restore(dir);
    expect(again.step).toBe(9);
    await trainUntil(again, 11);
    const weights = (training: UnetPretraining) => [
      ...training.unet.parameters,
      ...training.textEncoder.parameters,
    ];
    const [ours, theirs] = [weights(whole), weights(again)];
    ours.forEach((parameter, i) => {
      expect(isSame(theirs[i]?.get(), parameter.get())).toBe(true);
    });
    expect(await again.validate()).toBe(await whole.validate());
    whole.dispose();
    again.dispose();
  });

  it('trains the text encoder with it', async () => {
    const training = await start();
    const before = training.textEncoder.parameters.map(parameter => parameter.get());
    const losses: number[] = [];
    await trainUntil(training, 2, { onStep: ({ loss }) => losses.push(loss) });
    expect(losses.every(Number.isFinite)).toBe(true);
    const changed = training.textEncoder.parameters.filter((p, i) => !isSame(p.get(), before[i]));
    expect(changed.length).toBeGreaterThan(10);
    training.dispose();
  });

  it('is written as a model that draws', async () => {
    const training = await start();
    await trainUntil(training, 1);
    const dir = tempDir();
    const vaeDir = join(dir, 'a-vae');
    await saveVae(vaeDir, vae);
    const model = join(dir, 'model');
    const tokenizerDir = join(import.meta.dirname, '../../../models/pocket/tokenizer');
    await writePocket(model, { training, vaeDir, tokenizerDir });
    const config = JSON.parse(readFileSync(join(model, 'text_encoder/config.json'), 'utf8'));
    expect(config).toMatchObject({ vocab_size: 5074, bos_token_id: 1, eos_token_id: 3, pad_token_id: 0 });
    const pipeline = await loadPipeline(model);
    const pictures = [{ prompt: 'a red apple on a blue background', seed: 0 }];
    const [image] = await textToImage(pipeline, { pictures, numInferenceSteps: 2 });
    expect(image).toMatchObject({ width: 32, height: 32 });
    pipeline.dispose();
    training.dispose();
  });
});
