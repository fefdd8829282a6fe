import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../src/compute/backend.ts';
import { SweetspotError } from '../../src/core/errors.ts';
import { SafetensorsFile } from '../../src/diffusion/safetensors/safetensorsFile.ts';
import { saveCheckpoint } from '../../src/trainer/checkpointedRun.ts';
import type { StepMetrics } from '../../src/trainer/dreambooth.ts';
import { OPTIMIZER_FILE } from '../../src/trainer/optimizerFile.ts';
import { MAIN_BACKEND } from '../support/backends.ts';
import { GOLDEN, goldenTrainer, readGolden } from './support/goldenTraining.ts';

const root = mkdtempSync(join(tmpdir(), 'sweetspot-resume-'));

/** SHA-256 of every file below a folder. */
function digests(dir: string): Record<string, string> {
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter(file =>
    statSync(join(dir, file)).isFile(),
  );
  const digest = (file: string) =>
    createHash('sha256')
      .update(readFileSync(join(dir, file)))
      .digest('hex');
  return Object.fromEntries(files.sort().map(file => [file, digest(file)]));
}

/** Whether a file has every tensor of 4096 values or more in bytes; there are some. */
function hasBytes(path: string): boolean {
  const file = SafetensorsFile.open(path);
  file.close();
  const large = [...file.entries.values()].filter(({ shape }) => (shape[0] ?? 0) >= 4096);
  expect(large.length).toBeGreaterThan(1);
  return large.every(({ dtype }) => dtype === 'U8');
}

async function errorOf(promise: Promise<unknown>): Promise<SweetspotError> {
  const error = await promise.then(
    () => undefined,
    reason => reason,
  );
  expect(error).toBeInstanceOf(SweetspotError);
  return error;
}

beforeAll(async () => {
  await initBackend({ name: MAIN_BACKEND, threads: 1 });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a training that was interrupted', () => {
  // Mid-epoch each time, with a batch read ahead whose crops are drawn; the second with a half-done epoch of updates.
  it.each([
    ['random-crop', 20, 25, {}],
    ['text-encoder', 7, 11, {}],
    ['prior', 4, 8, {}],
    ['random-crop', 3, 6, { use_8bit_adam: 'true' }],
  ])('ends with the bits of one that was not: %s, stopped at %i of %i %j', async (golden, cut, end, more) => {
    const name = [golden, ...Object.keys(more)].join('-');
    const values = { ...readGolden(golden).values, ...more, output_dir: 'unused' };
    const straight: StepMetrics[] = [];
    const whole = await goldenTrainer(values, { environment: 'test' });
    await whole.trainer.run(end, { onStep: step => straight.push(step) });
    await saveCheckpoint(whole.trainer, join(root, `${name}-straight`));
    whole.dispose();

    const steps: StepMetrics[] = [];
    const stop = new AbortController();
    const first = await goldenTrainer(values, { environment: 'test' });
    const onStep = (step: StepMetrics) => {
      steps.push(step);
      if (step.step === cut) stop.abort();
    };
    expect(await first.trainer.run(end, { onStep, signal: stop.signal })).toBe('stopped');
    expect(first.trainer.step).toBe(cut);
    await saveCheckpoint(first.trainer, join(root, name));
    first.dispose();

    const second = await goldenTrainer(values, { environment: 'test' });
    await second.trainer.restoreCheckpoint(join(root, name));
    expect(second.trainer.step).toBe(cut);
    await second.trainer.run(end, { onStep: step => steps.push(step) });
    await saveCheckpoint(second.trainer, join(root, `${name}-resumed`));
    second.dispose();

    expect(steps).toEqual(straight);
    expect(hasBytes(join(root, name, OPTIMIZER_FILE))).toBe('use_8bit_adam' in more);
    expect(digests(join(root, `${name}-resumed`))).toEqual(digests(join(root, `${name}-straight`)));
  });
});

describe('a checkpoint that does not fit', () => {
  const values = { ...readGolden('random-crop').values, output_dir: 'unused' };
  const good = join(root, 'good');
  beforeAll(async () => {
    const { trainer, dispose } = await goldenTrainer(values, { environment: 'wasm' });
    await trainer.run(1);
    await saveCheckpoint(trainer, good);
    dispose();
  });

  it.each([
    ['learning rate', { learning_rate: '2e-3' }],
    ['prompt', { instance_prompt: 'a photo of a moji dog' }],
    ['optimizer', { use_8bit_adam: 'true' }],
    ['pictures', { instance_data_dir: `${GOLDEN}train/photos/class` }],
    ['horizon of a schedule', { max_train_steps: '60' }],
  ])('is refused: another %s', async (_, change) => {
    const { trainer, dispose } = await goldenTrainer({ ...values, ...change }, { environment: 'wasm' });
    const error = await errorOf(trainer.restoreCheckpoint(good));
    expect(error).toMatchObject({ code: 'E_CHECKPOINT', what: 'the checkpoint belongs to another training' });
    expect(trainer.step).toBe(0);
    dispose();
  });

  it('is refused on another backend, unless that is accepted', async () => {
    const { trainer, dispose } = await goldenTrainer(values, { environment: 'other' });
    expect(await errorOf(trainer.restoreCheckpoint(good))).toMatchObject({ allowed: 'other', got: 'wasm' });
    await trainer.restoreCheckpoint(good, { anyEnvironment: true });
    expect(trainer.step).toBe(1);
    dispose();
  });

  it.each([
    ['a flipped bit in the moments', 'optimizer.safetensors', 'the checkpoint is damaged'],
    ['a flipped bit in the weights', 'unet/diffusion_pytorch_model.safetensors', 'the checkpoint is damaged'],
    ['a changed state', 'trainer_state.json', 'the checkpoint is damaged'],
    ['a cut state', 'trainer_state.json', 'not valid JSON'],
    ['a missing file', 'unet/config.json', 'a file of the checkpoint is missing'],
    ['no state', 'trainer_state.json', 'not a checkpoint'],
  ])('is refused and changes nothing: %s', async (how, file, what) => {
    const bad = mkdtempSync(join(root, 'bad-'));
    cpSync(good, bad, { recursive: true });
    damage(how, join(bad, file));
    const { trainer, pipeline, dispose } = await goldenTrainer(values, { environment: 'wasm' });
    const before = pipeline.unet.parameters[0]?.get();
    expect(await errorOf(trainer.restoreCheckpoint(bad))).toMatchObject({ code: 'E_CHECKPOINT', what });
    expect(trainer.step).toBe(0);
    expect(pipeline.unet.parameters[0]?.get()).toEqual(before);
    dispose();
  });
});

function damage(how: string, path: string): void {
  const bytes = readFileSync(path);
  if (how.startsWith('a flipped')) {
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 5) ^ 1, bytes.length - 5);
    writeFileSync(path, bytes);
  } else if (how === 'a changed state')
    writeFileSync(path, bytes.toString().replace('"step": 1', '"step": 2'));
  else if (how === 'a cut state') truncateSync(path, bytes.length - 20);
  else rmSync(path);
}

describe('numbers that are not finite', () => {
  it('stop the training with the step and the rate', async () => {
    const values = { ...readGolden('plain').values, output_dir: 'unused', learning_rate: '1e30' };
    const { trainer, dispose } = await goldenTrainer(values);
    const error = await errorOf(trainer.run(50));
    expect(error).toMatchObject({
      code: 'E_NOT_FINITE',
      place: `step ${trainer.step + 1}, learning rate 1e+30`,
    });
    expect(error.hint).toContain('smaller learning rate');
    dispose();
  });
});
