import { SweetspotError } from '../core/errors.ts';
import type { LrSchedulerName, MixedPrecision, SchedulerName, TrainOptions } from './job.ts';
import { checkOption, type OptionReader, refuseTokenToTracker, resolveOptions } from './optionResolver.ts';
import { TRAIN_OPTIONS } from './trainOptionTable.ts';
import type { OptionValue } from './trainOptionValue.ts';

export { TRAIN_OPTIONS, type TrainOption } from './trainOptionTable.ts';

/** One whole training as the script's command line describes it, defaults filled in. */
export interface TrainingRequest {
  modelDir: string;
  variant: string | null;
  /** Folder of a tokenizer that replaces the model's. */
  tokenizerDir: string | null;
  tokenizerMaxLength: number | null;
  instanceDataDir: string;
  instancePrompt: string;
  classDataDir: string | null;
  classPrompt: string | null;
  outputDir: string;
  sampleBatchSize: number;
  numTrainEpochs: number;
  /** Optimizer updates; null: from the epochs. */
  maxTrainSteps: number | null;
  checkpointingSteps: number;
  checkpointsTotalLimit: number | null;
  resumeFromCheckpoint: string | null;
  skipSaveTextEncoder: boolean;
  gradientCheckpointing: boolean;
  /** null: none was given. */
  seed: number | null;
  /** Pictures made on the way; null: none. */
  validation: ValidationOptions | null;
  options: Omit<TrainOptions, 'seed'>;
}

export interface ValidationOptions {
  prompt: string;
  count: number;
  everySteps: number;
  scheduler: SchedulerName;
}

export interface ResolvedTraining {
  request: TrainingRequest;
  /** One line each, for options that were given and will do nothing. */
  warnings: string[];
}

/**
 * Checks the options of train_dreambooth.py and fills in the script's defaults.
 *
 * @param values by the script's names (`learning_rate`); strings, as a command line gives them, or typed values;
 *   undefined and null stand for "not given"
 * @throws E_OPTION (or E_USAGE for an unknown or missing one) with the option's name, and for the combinations that
 *   the script refuses at its start
 */
export function resolveTrainOptions(values: Record<string, unknown>): ResolvedTraining {
  const { given, read, warnings } = resolveOptions(
    TRAIN_OPTIONS,
    { script: 'train_dreambooth.py', command: 'train' },
    values,
  );
  refuseCombinations(given);
  return { request: toRequest(read), warnings: [...warnings, ...idleOptions(given)] };
}

function toRequest(read: OptionReader): TrainingRequest {
  return {
    modelDir: read.text('pretrained_model_name_or_path'),
    variant: read.textOrNull('variant'),
    tokenizerDir: read.textOrNull('tokenizer_name'),
    tokenizerMaxLength: read.numberOrNull('tokenizer_max_length'),
    instanceDataDir: read.text('instance_data_dir'),
    instancePrompt: read.text('instance_prompt'),
    classDataDir: read.textOrNull('class_data_dir'),
    classPrompt: read.textOrNull('class_prompt'),
    outputDir: read.text('output_dir'),
    sampleBatchSize: read.number('sample_batch_size'),
    numTrainEpochs: read.number('num_train_epochs'),
    maxTrainSteps: read.numberOrNull('max_train_steps'),
    checkpointingSteps: read.number('checkpointing_steps'),
    checkpointsTotalLimit: read.numberOrNull('checkpoints_total_limit'),
    resumeFromCheckpoint: read.textOrNull('resume_from_checkpoint'),
    skipSaveTextEncoder: read.flag('skip_save_text_encoder'),
    gradientCheckpointing: read.flag('gradient_checkpointing'),
    seed: read.numberOrNull('seed'),
    validation: validationOf(read),
    options: {
      resolution: read.number('resolution'),
      centerCrop: read.flag('center_crop'),
      trainTextEncoder: read.flag('train_text_encoder'),
      trainBatchSize: read.number('train_batch_size'),
      gradientAccumulationSteps: read.number('gradient_accumulation_steps'),
      learningRate: read.number('learning_rate'),
      textEncoderLearningRate: read.numberOrNull('text_encoder_learning_rate'),
      scaleLr: read.flag('scale_lr'),
      // The table's choices are the names of the type.
      lrScheduler: read.text('lr_scheduler') as LrSchedulerName,
      lrWarmupSteps: read.number('lr_warmup_steps'),
      lrNumCycles: read.number('lr_num_cycles'),
      lrPower: read.number('lr_power'),
      lrScheduleSteps: null,
      adamBeta1: read.number('adam_beta1'),
      adamBeta2: read.number('adam_beta2'),
      adamWeightDecay: read.number('adam_weight_decay'),
      adamEpsilon: read.number('adam_epsilon'),
      use8bitAdam: read.flag('use_8bit_adam'),
      mixedPrecision: (read.textOrNull('mixed_precision') ?? 'no') as MixedPrecision,
      maxGradNorm: read.number('max_grad_norm'),
      withPriorPreservation: read.flag('with_prior_preservation'),
      priorLossWeight: read.number('prior_loss_weight'),
      numClassImages: read.number('num_class_images'),
      offsetNoise: read.flag('offset_noise'),
      snrGamma: read.numberOrNull('snr_gamma'),
      captionExtension: read.textOrNull('caption_extension')?.replace(/^\./, '') ?? null,
      useEma: read.flag('use_ema'),
      emaDecay: read.number('ema_decay'),
      emaMinDecay: read.number('ema_min_decay'),
      emaUpdateAfterStep: read.number('ema_update_after_step'),
      useEmaWarmup: read.flag('use_ema_warmup'),
      emaInvGamma: read.number('ema_inv_gamma'),
      emaPower: read.number('ema_power'),
    },
  };
}

function validationOf(read: OptionReader): ValidationOptions | null {
  const prompt = read.textOrNull('validation_prompt');
  if (prompt === null) return null;
  return {
    prompt,
    count: read.number('num_validation_images'),
    everySteps: read.number('validation_steps'),
    scheduler: read.text('validation_scheduler') === 'DDPMScheduler' ? 'ddpm' : 'dpm-solver-multistep',
  };
}

/** What the script itself refuses before it starts. */
function refuseCombinations(given: ReadonlyMap<string, OptionValue>): void {
  const isOn = (name: string): boolean => given.get(name) === true;
  if (isOn('with_prior_preservation')) {
    for (const name of ['class_data_dir', 'class_prompt']) {
      if (!given.has(name)) {
        throw new SweetspotError('E_OPTION', 'needed with --with_prior_preservation', { place: `--${name}` });
      }
    }
  }
  if (isOn('train_text_encoder') && isOn('pre_compute_text_embeddings')) {
    throw new SweetspotError('E_OPTION', 'embeddings computed once cannot be trained', {
      place: '--pre_compute_text_embeddings with --train_text_encoder',
      hint: 'Leave one of them out.',
    });
  }
  refuseTokenToTracker(given);
}

/**
 * Checks one option by itself, as {@link resolveTrainOptions} does; gives lines for what it will not do.
 * @throws E_OPTION for a wrong or refused value; E_INTERNAL for a name that is none of the options
 */
export function checkTrainOption(name: string, value: unknown): string[] {
  const option = TRAIN_OPTIONS.find(other => other.name === name);
  if (option) return checkOption(option, value);
  throw new SweetspotError('E_INTERNAL', 'no such option in the table', { place: name });
}

function idleOptions(given: ReadonlyMap<string, OptionValue>): string[] {
  if (given.get('with_prior_preservation') === true) return [];
  const idle = ['class_data_dir', 'class_prompt'].filter(name => given.has(name)).map(name => `--${name}`);
  if (idle.length === 0) return [];
  return [`${idle.join(', ')} ignored: only --with_prior_preservation uses class pictures`];
}
