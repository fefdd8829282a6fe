import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { initBackend } from '../../src/compute/backend.ts';
import { loadPipeline } from '../../src/diffusion/pipeline/index.ts';
import type { StepMetrics } from '../../src/trainer/dreambooth.ts';
import { runTraining, type TrainingHooks } from '../../src/trainer/runTraining.ts';
import { MAIN_BACKEND } from '../support/backends.ts';
import { GOLDEN, readGolden } from './support/goldenTraining.ts';

const root = mkdtempSync(join(tmpdir(), 'sweetspot-train-'));
let out: string;

const plain = readGolden('plain').values;
const train = (values: Record<string, unknown>, hooks: Partial<TrainingHooks> = {}) =>
  runTraining({ ...plain, output_dir: out, ...values }, { environment: 'test', ...hooks });
const lossesOf = (dir: string): StepMetrics[] =>
  readFileSync(join(dir, 'losses.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
const checkpoints = () =>
  readdirSync(out)
    .filter(name => name.startsWith('checkpoint'))
    .sort();

beforeAll(async () => {
  await initBackend({ name: MAIN_BACKEND, threads: 1 });
});
beforeEach(() => {
  out = mkdtempSync(join(root, 'out-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('runTraining', () => {
  it('makes the class pictures of the script, and its losses after them', async () => {
    const golden = readGolden('prior-generated');
    const classDir = join(out, 'class');
    const made: string[] = [];
    const end = await runTraining(
      { ...golden.values, output_dir: out, class_data_dir: classDir },
      { environment: 'test', onClassImage: (done, total) => made.push(`${done}/${total}`) },
    );
    expect(end).toEqual({ end: 'done', step: 10, outputDir: out });
    expect(made).toEqual(['1/4', '2/4', '3/4', '4/4']);
    expect(readdirSync(classDir).map(name => name.replace(/-[0-9a-f]{40}\.jpg$/, ''))).toEqual([
      '0',
      '1',
      '2',
      '3',
    ]);
    const off = lossesOf(out).map(({ loss }, i) => Math.abs(loss / (golden.losses[i]?.loss ?? 0) - 1));
    expect(off).toHaveLength(10);
    expect(Math.max(...off)).toBeLessThan(1e-3);
  });

  it('makes class pictures in a folder where a file manager left its own files alone', async () => {
    const classDir = join(out, 'class');
    mkdirSync(classDir);
    writeFileSync(join(classDir, 'Thumbs.db'), 'not a picture');
    const one = { class_data_dir: classDir, num_class_images: 1, max_train_steps: 1, output_dir: out };
    await runTraining({ ...readGolden('prior-generated').values, ...one }, { environment: 'test' });
    expect(readdirSync(classDir)).toHaveLength(2);
  });

  it('writes a model that loads, with the trained UNet and the rest of the base', async () => {
    await train({ max_train_steps: 2 });
    const base = await loadPipeline(plain.pretrained_model_name_or_path as string);
    const trained = await loadPipeline(out);
    const valuesOf = (pipeline: typeof base, part: 'unet' | 'vae' | 'textEncoder') =>
      pipeline[part].parameters.map(parameter => parameter.get());
    expect(valuesOf(trained, 'vae')).toEqual(valuesOf(base, 'vae'));
    expect(valuesOf(trained, 'textEncoder')).toEqual(valuesOf(base, 'textEncoder'));
    expect(valuesOf(trained, 'unet')).not.toEqual(valuesOf(base, 'unet'));
    expect(trained.tokenizer.encode('a cat').ids).toEqual(base.tokenizer.encode('a cat').ids);
    base.dispose();
    trained.dispose();
  });

  it('leaves the text encoder out when asked', async () => {
    await train({ max_train_steps: 1, skip_save_text_encoder: true });
    expect(existsSync(join(out, 'text_encoder'))).toBe(false);
    const index = JSON.parse(readFileSync(join(out, 'model_index.json'), 'utf8'));
    expect(index.text_encoder).toEqual([null, null]);
  });

  // The cases of diffusers' own tests of the script.
  it('keeps no more checkpoints than asked, the newest', async () => {
    await train({ max_train_steps: 6, checkpointing_steps: 2, checkpoints_total_limit: 2 });
    expect(checkpoints()).toEqual(['checkpoint-4', 'checkpoint-6']);
  });

  it('keeps its own checkpoints where an earlier training left ones of later steps', async () => {
    await train({ max_train_steps: 4, checkpointing_steps: 2 });
    await train({ max_train_steps: 3, checkpointing_steps: 1, checkpoints_total_limit: 2 });
    expect(checkpoints()).toEqual(['checkpoint-3', 'checkpoint-4']);
    await train({ max_train_steps: 1, checkpointing_steps: 1, checkpoints_total_limit: 1 });
    expect(checkpoints()).toEqual(['checkpoint-1']);
  });

  it('goes on from the latest checkpoint, or a named one, as if nothing had been', async () => {
    await train({ max_train_steps: 6 });
    const straight = lossesOf(out);
    const unet = readFileSync(join(out, 'unet/diffusion_pytorch_model.safetensors'));
    out = mkdtempSync(join(root, 'out-'));
    await train({ max_train_steps: 4, checkpointing_steps: 2 });
    for (const wanted of ['latest', 'checkpoint-2', join(out, 'checkpoint-4')]) {
      await train({ max_train_steps: 6, checkpointing_steps: 2, resume_from_checkpoint: wanted });
      expect(lossesOf(out)).toEqual(straight);
      expect(readFileSync(join(out, 'unet/diffusion_pytorch_model.safetensors')).equals(unet)).toBe(true);
    }
    await expect(train({ resume_from_checkpoint: 'checkpoint-3' })).rejects.toMatchObject({
      code: 'E_CHECKPOINT',
      allowed: 'latest, checkpoint-2, checkpoint-4, checkpoint-6',
      got: 'checkpoint-3',
    });
  });

  it('starts anew, with a warning, where there is no checkpoint yet', async () => {
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    await train({ max_train_steps: 1, resume_from_checkpoint: 'latest' }, { onWarning });
    expect(warnings).toEqual([`no checkpoint in ${out}: starting a new training`]);
    expect(lossesOf(out)).toHaveLength(1);
  });

  it('saves a checkpoint when it is stopped, and no model', async () => {
    const stop = new AbortController();
    const onStep = ({ step }: StepMetrics) => step === 3 && stop.abort();
    const end = await train({ max_train_steps: 9 }, { signal: stop.signal, onStep });
    expect(end).toMatchObject({ end: 'stopped', step: 3 });
    expect(checkpoints()).toEqual(['checkpoint-3']);
    expect(existsSync(join(out, 'model_index.json'))).toBe(false);
    await train({ max_train_steps: 5, resume_from_checkpoint: 'latest' });
    expect(lossesOf(out).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
  });

  it('counts epochs where no number of steps is given, and tells the seed it chose', async () => {
    const { max_train_steps: _, seed: __, ...values } = plain;
    const messages: string[] = [];
    const request = { ...values, output_dir: out, train_batch_size: 2, num_train_epochs: 2 };
    const onInfo = (message: string) => messages.push(message);
    const { step } = await runTraining(request, { environment: 'test', onInfo });
    expect(step).toBe(6); // 5 photos: 3 batches an epoch
    const seed = /^no seed was given: using --seed (\d+)$/.exec(messages[0] ?? '')?.[1];
    const first = lossesOf(out);
    await runTraining({ ...request, seed }, { environment: 'test' });
    expect(lossesOf(out)).toEqual(first);
  });

  it.each([
    [{ instance_data_dir: join(root, 'nowhere') }, 'E_MISSING'],
    [{ instance_data_dir: `${GOLDEN}train/plain` }, 'E_IMAGE'],
    [{ pretrained_model_name_or_path: join(root, 'nowhere') }, 'E_MISSING'],
    [{ output_dir: `${GOLDEN}train/record.py/out` }, 'E_WRITE'],
    [{ lr_scheduler: 'polynomial', learning_rate: 1e-7 }, 'E_OPTION'],
  ])('refuses %j', async (values, code) => {
    await expect(train(values)).rejects.toMatchObject({ code });
  });
});
