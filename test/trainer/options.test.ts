import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { initBackend } from '../../src/compute/backend.ts';
import { readImage } from '../../src/diffusion/images/index.ts';
import { loadPipeline } from '../../src/diffusion/pipeline/index.ts';
import { textToImage } from '../../src/diffusion/textToImage.ts';
import { CLIPTokenizer } from '../../src/diffusion/tokenizer/clipTokenizer.ts';
import { runTraining, type TrainingHooks } from '../../src/trainer/runTraining.ts';
import { GOLDEN, goldenTrainer, readGolden, readLosses } from './support/goldenTraining.ts';

const root = mkdtempSync(join(tmpdir(), 'sweetspot-options-'));
const UNET = 'diffusion_pytorch_model.safetensors';
let out: string;

const plain = { ...readGolden('plain').values, resolution: '16' };
const train = (values: Record<string, unknown>, hooks: Partial<TrainingHooks> = {}) =>
  runTraining({ ...plain, output_dir: out, ...values }, { environment: 'test', ...hooks });

beforeAll(async () => {
  await initBackend({ name: 'wasm', threads: 1 });
});
beforeEach(() => {
  out = mkdtempSync(join(root, 'out-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a moving average of the weights', () => {
  const average = { use_ema: true, ema_decay: '0.9', train_text_encoder: true };

  it('is saved in place of the weights, kept in checkpoints, and gone on with bit for bit', async () => {
    await train({ ...average, max_train_steps: 6, checkpointing_steps: 3 });
    const straight = readFileSync(join(out, 'unet', UNET));
    const last = join(out, 'checkpoint-6');
    expect(readdirSync(last).sort()).toEqual([
      'optimizer.safetensors',
      'text_encoder',
      'text_encoder_ema',
      'trainer_state.json',
      'unet',
      'unet_ema',
    ]);
    expect(readFileSync(join(last, 'unet_ema', UNET)).equals(straight)).toBe(true);
    expect(readFileSync(join(last, 'unet', UNET)).equals(straight)).toBe(false);
    // What EMAModel.from_pretrained looks for; it wants this one as a Python float.
    const config = readFileSync(join(last, 'unet_ema/config.json'), 'utf8');
    expect(config).toContain('"min_decay": 0.0,');
    expect(JSON.parse(config)).toMatchObject({
      _class_name: 'UNet2DConditionModel',
      decay: 0.9,
      optimization_step: 6,
    });
    await train({ ...average, max_train_steps: 6, resume_from_checkpoint: 'checkpoint-3' });
    expect(readFileSync(join(out, 'unet', UNET)).equals(straight)).toBe(true);
    const other = {
      ...average,
      ema_decay: '0.8',
      max_train_steps: 6,
      resume_from_checkpoint: 'checkpoint-3',
    };
    await expect(train(other)).rejects.toMatchObject({
      code: 'E_CHECKPOINT',
      what: 'the checkpoint has no such average of the weights',
    });
  });

  it('does not change the training', async () => {
    await train({ ...average, max_train_steps: 3 });
    const losses = readLosses(out);
    out = mkdtempSync(join(root, 'out-'));
    await train({ train_text_encoder: true, max_train_steps: 3 });
    expect(readLosses(out)).toEqual(losses);
  });
});

describe('validation pictures', () => {
  it('are made every so many steps, as a picture of the weights at that step', async () => {
    const validation = { validation_prompt: 'a moji cat', num_validation_images: 1, validation_steps: 2 };
    await train({ ...validation, max_train_steps: 4, checkpointing_steps: 2, seed: '7' });
    expect(readdirSync(join(out, 'validation')).sort()).toEqual(['step-2', 'step-4']);
    expect(readdirSync(join(out, 'validation/step-4'))).toEqual(['0000.png']);
    const pipeline = await loadPipeline(out);
    const pictures = [{ prompt: 'a moji cat', seed: 7 }];
    const request = { pictures, scheduler: 'dpm-solver-multistep' as const, numInferenceSteps: 25 };
    const [wanted] = await textToImage(pipeline, request);
    pipeline.dispose();
    expect((await readImage(join(out, 'validation/step-4/0000.png'))).data).toEqual(wanted?.data);
    // The training's own stream is not touched.
    const losses = readLosses(out);
    out = mkdtempSync(join(root, 'out-'));
    await train({ max_train_steps: 4, seed: '7' });
    expect(readLosses(out)).toEqual(losses);
  });

  it('give way to a stop, and the training goes on after it', async () => {
    const stop = new AbortController();
    const validation = { validation_prompt: 'a cat', validation_steps: 1 };
    const hooks = { signal: stop.signal, onStep: () => stop.abort() };
    expect(await train({ ...validation, max_train_steps: 4 }, hooks)).toMatchObject({
      end: 'stopped',
      step: 1,
    });
    expect(existsSync(join(out, 'validation'))).toBe(false);
    expect(statSync(join(out, 'checkpoint-1')).isDirectory()).toBe(true);
  });
});

describe('tokenizer_name', () => {
  it('goes for validation pictures, too, and is not saved', async () => {
    const tokenizer_name = `${GOLDEN}tiny-pipelines/sd2/tokenizer`;
    const validation = { validation_prompt: 'a moji cat', num_validation_images: 1, validation_steps: 1 };
    await train({ ...validation, tokenizer_name, max_train_steps: 1, seed: '7' });
    const pipeline = await loadPipeline(out);
    expect(pipeline.tokenizer.modelMaxLength).toBe(77);
    const tokenizer = await CLIPTokenizer.load(tokenizer_name);
    const pictures = [{ prompt: 'a moji cat', seed: 7 }];
    const request = { pictures, scheduler: 'dpm-solver-multistep' as const, numInferenceSteps: 25 };
    const [wanted] = await textToImage({ ...pipeline, tokenizer }, request);
    pipeline.dispose();
    expect((await readImage(join(out, 'validation/step-1/0000.png'))).data).toEqual(wanted?.data);
  });

  it('is refused where it has tokens that the text encoder has no embedding for', async () => {
    const tokenizer_name = `${GOLDEN}tokenizer/pocket`;
    await expect(train({ tokenizer_name, max_train_steps: 1 })).rejects.toMatchObject({
      code: 'E_TOKENIZER',
      place: tokenizer_name,
      got: '5074',
    });
  });
});

describe('text_encoder_learning_rate', () => {
  it('is the rate of the text encoder alone, and as learning_rate nothing new', async () => {
    const values = { ...readGolden('text-encoder').values, resolution: '16', output_dir: 'unused' };
    const trained = async (changes: object) => {
      const { trainer, pipeline, dispose } = await goldenTrainer({ ...values, ...changes });
      const before = pipeline.textEncoder.parameters[0]?.get() ?? new Float32Array();
      await trainer.run(1);
      const after = pipeline.textEncoder.parameters[0]?.get() ?? new Float32Array();
      const unet = pipeline.unet.parameters[0]?.get();
      dispose();
      return { moved: Math.max(...after.map((value, i) => Math.abs(value - (before[i] ?? 0)))), unet };
    };
    const usual = await trained({});
    const small = await trained({ text_encoder_learning_rate: '1e-5' });
    expect(await trained({ text_encoder_learning_rate: '1e-3' })).toEqual(usual);
    expect(small.unet).toEqual(usual.unet);
    // Adam's first step is the learning rate, whatever the gradient.
    expect(usual.moved / small.moved).toBeGreaterThan(50);
    const scaled = await trained({ scale_lr: true, text_encoder_learning_rate: '5e-6' });
    expect(scaled.moved / small.moved).toBeCloseTo(1, 1); // 1 photo x 2 accumulated
  });
});

describe('a training that trains nothing', () => {
  it('is stopped with the part, the step and the rate', async () => {
    await expect(
      train({ learning_rate: '1e-30', adam_weight_decay: '0', max_train_steps: 12 }),
    ).rejects.toMatchObject({
      code: 'E_UNCHANGED',
      what: 'training does not change the weights of unet',
      place: 'step 10, learning rate 1e-30',
    });
  });

  it('is what was asked for at learning rate 0', async () => {
    expect(await train({ learning_rate: '0', max_train_steps: 12 })).toMatchObject({ end: 'done' });
  });
});
