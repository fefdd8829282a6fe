import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../../src/compute/backend.ts';
import { parseClipTextConfig } from '../../../src/diffusion/config/clipTextConfig.ts';
import { CLIPTokenizer } from '../../../src/diffusion/tokenizer/clipTokenizer.ts';
import { ClipPretraining } from '../../../src/trainer/pretrain/clipPretraining.ts';
import { CLIP_TRAINING } from '../../../src/trainer/pretrain/clipRecipe.ts';
import { levelRate } from '../../../src/trainer/pretrain/levelRate.ts';
import { trainUntil } from '../../../src/trainer/pretrain/trainUntil.ts';
import { tempDir } from '../../support/tmp.ts';
import { isSame, things } from './things.ts';

const pocket = join(import.meta.dirname, '../../../models/pocket');
const textEncoder = {
  dir: join(pocket, 'text_encoder'),
  config: parseClipTextConfig(JSON.parse(readFileSync(join(pocket, 'text_encoder/config.json'), 'utf8')), ''),
};
const start = async (kept = true): Promise<ClipPretraining> =>
  ClipPretraining.create({
    things,
    tokenizer: await CLIPTokenizer.load(join(pocket, 'tokenizer')),
    seed: 3,
    steps: 4,
    batchSize: 6,
    textEncoder: kept ? textEncoder : null,
  });

beforeAll(async () => {
  await initBackend({ threads: 1 });
});

describe('pretraining of the CLIP', () => {
  it('goes on bit for bit from where it was written, and leaves a given text encoder alone', async () => {
    const whole = await start();
    const before = whole.model.text.parameters[2]?.get();
    const losses: number[] = [];
    await trainUntil(whole, 2, { onStep: ({ loss }) => losses.push(loss) });
    expect(losses.every(Number.isFinite)).toBe(true);
    const dir = tempDir();
    await whole.write(dir);
    await trainUntil(whole, 3);
    const again = await start();
    await again.restore(dir);
    expect(again.step).toBe(2);
    await trainUntil(again, 3);
    whole.model.parameters.forEach((parameter, i) => {
      expect(isSame(again.model.parameters[i]?.get(), parameter.get())).toBe(true);
    });
    expect(isSame(whole.model.text.parameters[2]?.get(), before)).toBe(true);
    whole.dispose();
    again.dispose();
  });

  it('learns texts, too, where no text encoder is given', async () => {
    const training = await start(false);
    const { parameters } = training.model;
    const before = parameters.map(parameter => parameter.get());
    await trainUntil(training, 1);
    // Keys' biases alone change nothing that a softmax sees.
    const still = parameters.filter((parameter, i) => isSame(parameter.get(), before[i]));
    expect(still.map(({ name }) => name).filter(name => !/k_proj\.bias/.test(name))).toEqual([]);
    training.dispose();
  });

  it('stops where it is told to', async () => {
    const training = await start();
    expect(await trainUntil(training, 1, { signal: AbortSignal.abort() })).toBe('stopped');
    expect(training.step).toBe(0);
    training.dispose();
  });

  it('raises and lowers the rate in straight lines', () => {
    expect(levelRate(0, 1000, CLIP_TRAINING)).toBeCloseTo(1.5e-5, 9);
    expect(levelRate(99, 1000, CLIP_TRAINING)).toBe(1.5e-3);
    expect(levelRate(700, 1000, CLIP_TRAINING)).toBe(1.5e-3);
    expect(levelRate(850, 1000, CLIP_TRAINING)).toBeCloseTo(0.75e-3, 9);
    expect(levelRate(1000, 1000, CLIP_TRAINING)).toBe(0);
  });
});
