import { SweetspotError } from '../core/errors.ts';
import type { LrSchedulerName, TrainOptions } from './job.ts';
import { TRAIN_OPTIONS, type TrainOption } from './trainOptionTable.ts';
import { type OptionValue, parseOptionValue } from './trainOptionValue.ts';

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
  /** null: none was given. */
  seed: number | null;
  options: Omit<TrainOptions, 'seed'>;
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
  refuseUnknown(values);
  const given = new Map<string, OptionValue>();
  for (const option of TRAIN_OPTIONS) {
    const value = parseOptionValue(option, values[option.name]);
    if (value !== null) given.set(option.name, value);
  }
  refuseMissing(given);
  refuseUnsupported(given);
  const read = reader(given);
  refuseCombinations(given);
  return { request: toRequest(read), warnings: warningsFor(given) };
}

type Reader = ReturnType<typeof reader>;

function reader(given: ReadonlyMap<string, OptionValue>) {
  const lookUp = (name: string): OptionValue => {
    const option = TRAIN_OPTIONS.find(o => o.name === name);
    if (!option) throw new SweetspotError('E_INTERNAL', 'no such option in the table', { place: name });
    return given.get(name) ?? option.default;
  };
  return {
    text: (name: string): string => String(lookUp(name)),
    textOrNull: (name: string): string | null => (lookUp(name) === null ? null : String(lookUp(name))),
    number: (name: string): number => Number(lookUp(name)),
    numberOrNull: (name: string): number | null => (lookUp(name) === null ? null : Number(lookUp(name))),
    flag: (name: string): boolean => lookUp(name) === true,
  };
}

function toRequest(read: Reader): TrainingRequest {
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
    seed: read.numberOrNull('seed'),
    options: {
      resolution: read.number('resolution'),
      centerCrop: read.flag('center_crop'),
      trainTextEncoder: read.flag('train_text_encoder'),
      trainBatchSize: read.number('train_batch_size'),
      gradientAccumulationSteps: read.number('gradient_accumulation_steps'),
      learningRate: read.number('learning_rate'),
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
      maxGradNorm: read.number('max_grad_norm'),
      withPriorPreservation: read.flag('with_prior_preservation'),
      priorLossWeight: read.number('prior_loss_weight'),
      numClassImages: read.number('num_class_images'),
      offsetNoise: read.flag('offset_noise'),
      snrGamma: read.numberOrNull('snr_gamma'),
    },
  };
}

function refuseUnknown(values: Record<string, unknown>): void {
  const unknown = Object.keys(values).find(name => !TRAIN_OPTIONS.some(option => option.name === name));
  if (unknown === undefined) return;
  throw new SweetspotError('E_USAGE', 'unknown option', {
    place: `--${unknown}`,
    hint: 'The options are those of train_dreambooth.py; see sweetspot train --help.',
  });
}

function refuseMissing(given: ReadonlyMap<string, OptionValue>): void {
  const missing = TRAIN_OPTIONS.filter(option => option.required && !given.has(option.name));
  if (missing.length === 0) return;
  throw new SweetspotError('E_USAGE', 'required and not given', {
    place: missing.map(option => `--${option.name}`).join(', '),
  });
}

function refuseUnsupported(given: ReadonlyMap<string, OptionValue>): void {
  for (const { name, support } of TRAIN_OPTIONS) {
    const value = given.get(name);
    if (support.kind !== 'refused' || value === undefined || value === false) continue;
    if (support.except?.some(allowed => allowed === value)) continue;
    throw new SweetspotError('E_OPTION', `not supported: ${support.because}`, {
      place: `--${name}`,
      got: String(value),
      hint: 'Leave the option out.',
    });
  }
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
  if (given.get('report_to') === 'wandb' && given.has('hub_token')) {
    throw new SweetspotError('E_OPTION', 'the token would be shown to the tracker', {
      place: '--hub_token with --report_to wandb',
      hint: 'Leave one of them out.',
    });
  }
}

/** Options that are ignored for one reason share one line. */
function warningsFor(given: ReadonlyMap<string, OptionValue>): string[] {
  const byReason = new Map<string, string[]>();
  for (const option of TRAIN_OPTIONS) {
    if (option.support.kind !== 'ignored' || !isNews(option, given.get(option.name))) continue;
    const names = byReason.get(option.support.because) ?? [];
    byReason.set(option.support.because, [...names, `--${option.name}`]);
  }
  const warnings = [...byReason].map(([because, names]) => `${names.join(', ')} ignored: ${because}`);
  if (given.get('with_prior_preservation') === true) return warnings;
  const idle = ['class_data_dir', 'class_prompt'].filter(name => given.has(name)).map(name => `--${name}`);
  if (idle.length === 0) return warnings;
  return [...warnings, `${idle.join(', ')} ignored: only --with_prior_preservation uses class pictures`];
}

const isNews = (option: TrainOption, value: OptionValue | undefined): boolean =>
  value !== undefined && value !== false && value !== option.default;
