import * as z from 'zod';
import { EMA_DEFAULTS } from '../stages/ema.ts';
import type { LrSchedulerName, MixedPrecision, SchedulerName } from '../stages/job.ts';
import type { ResolvedSampler } from '../stages/sampler.ts';
import { inversionDefaults } from './inversionOptions.ts';
import type { TrainingOptions } from './types.ts';

/**
 * Every option that may be an axis: what a single value of it must be, and its default. The schemas' error texts are
 * the expectation alone ("a number above 0"); schemaIssues.ts makes sentences of them.
 */
const positive = number('a number above 0', { above: 0 });
const notNegative = number('a number, 0 or more', { from: 0 });
const fraction = number('a number from 0 to below 1', { from: 0, below: 1 });
const share = number('a number from 0 to 1', { from: 0, to: 1 });
const extension = z
  .string({ error: 'a file name extension like txt' })
  .regex(/^[A-Za-z0-9_-]+$/, { error: 'a file name extension like txt, without a dot' });
const count = integer('a whole number above 0', 1);
const countOrNone = integer('a whole number, 0 or more', 0);
const flag = z.boolean({ error: 'true or false' });
const filled = z.string({ error: 'text that is not empty' }).regex(/\S/, { error: 'text that is not empty' });
const seed = integer('a whole number, 0 or more', 0);

export const LR_SCHEDULERS = [
  'constant',
  'constant_with_warmup',
  'linear',
  'cosine',
  'cosine_with_restarts',
  'polynomial',
] as const satisfies readonly LrSchedulerName[];

export const SCHEDULERS = [
  'ddpm',
  'ddim',
  'pndm',
  'lms',
  'euler',
  'dpm-solver-multistep',
] as const satisfies readonly SchedulerName[];

const MIXED_PRECISIONS = ['no', 'fp16', 'bf16'] as const satisfies readonly MixedPrecision[];

export const trainScalars = {
  max_train_steps: integer('a whole number from 0 to 10000000', 0, 10_000_000).describe(
    'Optimizer updates; 0 only after a textual inversion, to see it alone.',
  ),
  learning_rate: positive.describe('Of AdamW; one for all trained weights.'),
  text_encoder_learning_rate: positive
    .nullable()
    .describe('Of the text encoder where it is trained; null: learning_rate.'),
  scale_lr: flag.describe('Multiply the learning rate by batch size and accumulation.'),
  lr_scheduler: z
    .enum(LR_SCHEDULERS, { error: `one of ${LR_SCHEDULERS.join(', ')}` })
    .describe('How the rate moves. Only the constant ones let trials of other lengths share a training.'),
  lr_warmup_steps: countOrNone.describe('Updates in which the rate rises from 0; not with constant.'),
  lr_num_cycles: count.describe('Restarts of cosine_with_restarts.'),
  lr_power: positive.describe('Of polynomial.'),
  lr_schedule_steps: count.nullable().describe('Horizon of the schedule; null: max_train_steps.'),
  train_batch_size: count.describe('Photos at once; with prior preservation as many class images on top.'),
  gradient_accumulation_steps: count.describe('Batches that make one update.'),
  train_text_encoder: flag.describe('Train the text encoder along with the UNet.'),
  resolution: count.describe("Pixels; default: the model's own."),
  center_crop: flag.describe('Cut squares from the middle of photos, not at random.'),
  with_prior_preservation: flag.describe('Train on class images, too; wants a class prompt.'),
  prior_loss_weight: notNegative.describe('Of the class images in the loss.'),
  num_class_images: count.describe('How many class images are made, or taken from class_data_dir.'),
  class_seed: seed.describe('Seed of the generated class images; not the seed of training.'),
  class_num_inference_steps: count.describe('Of generated class images.'),
  class_guidance_scale: notNegative.describe('Of generated class images.'),
  adam_beta1: fraction.describe("Decay of AdamW's mean of gradients."),
  adam_beta2: fraction.describe("Decay of AdamW's mean of squared gradients."),
  adam_weight_decay: notNegative.describe('Decoupled; on all trained weights.'),
  adam_epsilon: notNegative.describe('Keeps AdamW from dividing by 0.'),
  use_8bit_adam: flag.describe(
    "AdamW's moments in 8 bits: a quarter of their memory, slightly other updates.",
  ),
  mixed_precision: z
    .enum(MIXED_PRECISIONS, { error: `one of ${MIXED_PRECISIONS.join(', ')}` })
    .describe(
      'Products in 16 bits: other last digits, less memory with large batches. Native TensorFlow only.',
    ),
  max_grad_norm: positive.describe('Gradients are scaled down to this length.'),
  offset_noise: flag.describe('Add a little noise that is equal over the whole picture.'),
  snr_gamma: positive.nullable().describe('Min-SNR weighting of the loss, 5 is usual; null: none.'),
  caption_extension: extension
    .nullable()
    .describe("Of caption files: with txt, cat.txt is cat.png's prompt; null: instance_prompt for all."),
  use_ema: flag.describe('Take pictures from a moving average of the weights. Never trains anew.'),
  ema_decay: share.describe('Largest decay of the average.'),
  ema_min_decay: share.describe('Smallest decay of the average.'),
  ema_update_after_step: countOrNone.describe('Updates before the average begins.'),
  use_ema_warmup: flag.describe('Let the decay rise as 1 - (1 + step / ema_inv_gamma) ^ -ema_power.'),
  ema_inv_gamma: positive.describe('With use_ema_warmup: how late the decay rises.'),
  ema_power: positive.describe('With use_ema_warmup: how fast the decay rises.'),
  seed: seed.describe('Of training: order, crops, noise. A list repeats every trial.'),
  textual_inversion_max_train_steps: integer('a whole number from 0 to 10000000', 0, 10_000_000).describe(
    'Updates of the embedding; 0: no textual inversion.',
  ),
  textual_inversion_placeholder_token: filled.describe('The new word, as in instance_prompt: <moji>.'),
  textual_inversion_initializer_token: filled.describe('A word of one token that it begins as: cat.'),
  textual_inversion_num_vectors: count.describe('Vectors that stand for the word together.'),
  textual_inversion_learnable_property: z
    .enum(['object', 'style'], { error: 'one of object, style' })
    .describe('Chooses the prompts of training.'),
  textual_inversion_repeats: count.describe('How often an epoch shows every photo.'),
  textual_inversion_resolution: count.describe("Pixels; default: the training's."),
  textual_inversion_center_crop: flag.describe('Cut the middle square before resizing.'),
  textual_inversion_train_batch_size: count.describe('Photos at once.'),
  textual_inversion_gradient_accumulation_steps: count.describe('Batches that make one update.'),
  textual_inversion_learning_rate: positive.describe('Of the embedding.'),
  textual_inversion_scale_lr: flag.describe('Multiply the learning rate by batch size and accumulation.'),
  textual_inversion_lr_scheduler: z
    .enum(LR_SCHEDULERS, { error: `one of ${LR_SCHEDULERS.join(', ')}` })
    .describe('How its rate moves.'),
  textual_inversion_lr_warmup_steps: countOrNone.describe('Updates in which its rate rises from 0.'),
  textual_inversion_lr_num_cycles: count.describe('Restarts of cosine_with_restarts.'),
  textual_inversion_lr_schedule_steps: count
    .nullable()
    .describe("Horizon of the schedule; null: the textual inversion's max_train_steps."),
  textual_inversion_adam_beta1: fraction.describe("Decay of AdamW's mean of gradients."),
  textual_inversion_adam_beta2: fraction.describe("Decay of AdamW's mean of squared gradients."),
  textual_inversion_adam_weight_decay: notNegative.describe('Decoupled; on the embedding.'),
  textual_inversion_adam_epsilon: notNegative.describe('Keeps AdamW from dividing by 0.'),
  textual_inversion_seed: seed.describe('Of the textual inversion, whatever that of the training.'),
} as const;

/** Defaults of diffusers' train_dreambooth.py, but for lr_warmup_steps (500 there) and seed (none there). */
export const trainDefaults: Omit<TrainingOptions, 'maxTrainSteps' | 'resolution'> = {
  learningRate: 5e-6,
  scaleLr: false,
  lrScheduler: 'constant',
  lrWarmupSteps: 0,
  lrNumCycles: 1,
  lrPower: 1,
  lrScheduleSteps: null,
  trainBatchSize: 4,
  gradientAccumulationSteps: 1,
  trainTextEncoder: false,
  centerCrop: false,
  withPriorPreservation: false,
  priorLossWeight: 1,
  numClassImages: 100,
  classSeed: 0,
  classNumInferenceSteps: 50,
  classGuidanceScale: 7.5,
  adamBeta1: 0.9,
  adamBeta2: 0.999,
  adamWeightDecay: 1e-2,
  adamEpsilon: 1e-8,
  use8bitAdam: false,
  mixedPrecision: 'no',
  maxGradNorm: 1,
  offsetNoise: false,
  snrGamma: null,
  textEncoderLearningRate: null,
  captionExtension: null,
  ...EMA_DEFAULTS,
  seed: 0,
  ...inversionDefaults,
};

export const sampleScalars = {
  scheduler: z
    .enum(SCHEDULERS, { error: `one of ${SCHEDULERS.join(', ')}` })
    .describe("Default: the model's own."),
  num_inference_steps: count.describe('Steps from noise to picture.'),
  guidance_scale: notNegative.describe('1 or less: no guidance.'),
  negative_prompt: z.string({ error: 'text' }).describe('What pictures should not show.'),
  width: count.describe("Pixels; default: the model's own."),
  height: count.describe("Pixels; default: the model's own."),
} as const;

/** Defaults of a call of StableDiffusionPipeline. */
export const sampleDefaults: Omit<ResolvedSampler, 'scheduler' | 'width' | 'height'> = {
  numInferenceSteps: 50,
  guidanceScale: 7.5,
  negativePrompt: '',
};

/** Pictures made at once where nothing else is said. */
export const SAMPLE_BATCH_SIZE = 8;

export const seedScalar = seed;
export const promptScalar = z.string({ error: 'text' });

/** `learningRate` to `learning_rate`. */
export const snakeCase = (field: string): string =>
  NAMES_WITH_DIGITS.get(field) ?? field.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);

/** `learning_rate` to `learningRate`. */
export const camelCase = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Where a word of a name begins with a digit, its field does not show it. */
const NAMES_WITH_DIGITS = new Map(
  Object.keys(trainScalars)
    .filter(name => /_\d/.test(name))
    .map(name => [camelCase(name), name]),
);

function number(
  error: string,
  { above, from, below, to }: { above?: number; from?: number; below?: number; to?: number },
) {
  let schema = z.number({ error });
  if (above !== undefined) schema = schema.gt(above, { error });
  if (from !== undefined) schema = schema.gte(from, { error });
  if (below !== undefined) schema = schema.lt(below, { error });
  if (to !== undefined) schema = schema.lte(to, { error });
  return schema;
}

function integer(error: string, from: number, to = Number.MAX_SAFE_INTEGER) {
  return z.int({ error }).gte(from, { error }).lte(to, { error });
}
