import { describe, expect, it } from 'vitest';
import { SweetspotError } from '../../src/core/errors.ts';
import { resolveTrainOptions, TRAIN_OPTIONS } from '../../src/stages/trainOptions.ts';

const required = {
  pretrained_model_name_or_path: 'base',
  instance_data_dir: 'photos',
  instance_prompt: 'a photo of sks dog',
};

const resolve = (values: Record<string, unknown> = {}) => resolveTrainOptions({ ...required, ...values });

function errorOf(values: Record<string, unknown>): SweetspotError {
  try {
    resolve(values);
  } catch (error) {
    if (error instanceof SweetspotError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('resolveTrainOptions', () => {
  it('fills in the defaults of the script', () => {
    const { request, warnings } = resolve();
    expect(warnings).toEqual([]);
    expect(request).toMatchObject({
      modelDir: 'base',
      outputDir: 'dreambooth-model',
      maxTrainSteps: null,
      numTrainEpochs: 1,
      checkpointingSteps: 500,
      seed: null,
    });
    expect(request.options).toEqual({
      resolution: 512,
      centerCrop: false,
      trainTextEncoder: false,
      trainBatchSize: 4,
      gradientAccumulationSteps: 1,
      learningRate: 5e-6,
      scaleLr: false,
      lrScheduler: 'constant',
      lrWarmupSteps: 500,
      lrNumCycles: 1,
      lrPower: 1,
      lrScheduleSteps: null,
      adamBeta1: 0.9,
      adamBeta2: 0.999,
      adamWeightDecay: 0.01,
      adamEpsilon: 1e-8,
      use8bitAdam: false,
      mixedPrecision: 'no',
      maxGradNorm: 1,
      withPriorPreservation: false,
      priorLossWeight: 1,
      numClassImages: 100,
      offsetNoise: false,
      snrGamma: null,
      textEncoderLearningRate: null,
      captionExtension: null,
      useEma: false,
      emaDecay: 0.9999,
      emaMinDecay: 0,
      emaUpdateAfterStep: 0,
      useEmaWarmup: false,
      emaInvGamma: 1,
      emaPower: 2 / 3,
    });
  });

  it('reads a command line and typed values alike', () => {
    const texts = {
      learning_rate: '2e-6',
      max_train_steps: '400',
      offset_noise: true,
      snr_gamma: '5.',
      seed: '0',
    };
    const typed = { learning_rate: 2e-6, max_train_steps: 400, offset_noise: 'true', snr_gamma: 5, seed: 0 };
    expect(resolve(texts)).toEqual(resolve(typed));
    expect(resolve(texts).request.options).toMatchObject({
      learningRate: 2e-6,
      offsetNoise: true,
      snrGamma: 5,
    });
    expect(resolve({ instance_prompt: 42 }).request.instancePrompt).toBe('42');
  });

  it.each([
    [{ learning_rate: 'fast' }, '--learning_rate', 'a number at least 0', "'fast'"],
    [{ learning_rate: 'nan' }, '--learning_rate', 'a number at least 0', "'nan'"],
    [{ max_train_steps: '1.5' }, '--max_train_steps', 'a whole number at least 1', "'1.5'"],
    [{ max_train_steps: 0 }, '--max_train_steps', 'a whole number at least 1', '0'],
    [{ adam_beta2: '1' }, '--adam_beta2', 'a number at least 0 and below 1', "'1'"],
    [{ snr_gamma: 0 }, '--snr_gamma', 'a number above 0', '0'],
    [{ seed: '4294967296' }, '--seed', 'a whole number at least 0 and at most 4294967295', "'4294967296'"],
    [{ center_crop: 'yes' }, '--center_crop', 'a flag without a value', "'yes'"],
    [{ lr_scheduler: 'step' }, '--lr_scheduler', expect.stringContaining('cosine_with_restarts'), "'step'"],
    [{ output_dir: '' }, '--output_dir', 'a path', "''"],
  ])('refuses %j', (values, place, allowed, got) => {
    expect(errorOf(values)).toMatchObject({ code: 'E_OPTION', place, allowed, got });
  });

  it.each([
    [{ prior_generation_precision: 'bf16' }, '--prior_generation_precision'],
    [{ dataloader_num_workers: 2 }, '--dataloader_num_workers'],
    [{ class_labels_conditioning: 'timesteps' }, '--class_labels_conditioning'],
    [{ text_encoder_use_attention_mask: true }, '--text_encoder_use_attention_mask'],
    [{ with_prior_preservation: true, class_prompt: 'a dog' }, '--class_data_dir'],
    [{ with_prior_preservation: true, class_data_dir: 'dogs' }, '--class_prompt'],
    [{ train_text_encoder: true, pre_compute_text_embeddings: true }, '--pre_compute_text_embeddings'],
    [{ report_to: 'wandb', hub_token: 'x' }, '--hub_token'],
  ])('refuses what would give other numbers, and what the script refuses: %j', (values, place) => {
    const error = errorOf(values);
    expect(error.code).toBe('E_OPTION');
    expect(error.place).toContain(place);
  });

  it('takes gradient checkpointing as a way to compute, not as an option of the training', () => {
    const { request } = resolve({ gradient_checkpointing: true });
    expect(request).toEqual({ ...resolve().request, gradientCheckpointing: true });
  });

  it('accepts what makes no difference', () => {
    const values = {
      set_grads_to_none: true,
      pre_compute_text_embeddings: true,
      dataloader_num_workers: '0',
      mixed_precision: 'no',
      prior_generation_precision: 'fp32',
      use_8bit_adam: false,
      report_to: 'tensorboard',
    };
    expect(resolve(values)).toEqual(resolve());
  });

  it('answers what it will not do with one warning for each reason', () => {
    const { warnings } = resolve({ push_to_hub: true, hub_model_id: 'me/dog', report_to: 'wandb' });
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(/^--push_to_hub, --hub_model_id ignored: /);
    expect(warnings[1]).toMatch(/^--report_to ignored: /);
    expect(resolve({ class_prompt: 'a dog' }).warnings).toEqual([
      '--class_prompt ignored: only --with_prior_preservation uses class pictures',
    ]);
  });

  it('says which required options are missing, and which option it does not know', () => {
    expect(() => resolveTrainOptions({ seed: 1 })).toThrow(
      '--pretrained_model_name_or_path, --instance_data_dir, --instance_prompt: required and not given',
    );
    expect(errorOf({ learningrate: 1 })).toMatchObject({ code: 'E_USAGE', place: '--learningrate' });
  });

  it('describes every option of the script once', () => {
    const names = TRAIN_OPTIONS.map(option => option.name);
    expect(new Set(names).size).toBe(names.length);
    expect(TRAIN_OPTIONS.filter(option => !option.own)).toHaveLength(61);
    for (const option of TRAIN_OPTIONS) expect(option.description, option.name).not.toBe('');
  });
});
