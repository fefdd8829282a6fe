import { INVERSION_OPTIONS } from './inversionOptionTable.ts';
import type { InversionOptions, LrSchedulerName } from './job.ts';
import { type OptionReader, refuseTokenToTracker, resolveOptions } from './optionResolver.ts';

export { INVERSION_OPTIONS } from './inversionOptionTable.ts';

/** One whole textual inversion as the script's command line describes it, defaults filled in. */
export interface InversionRequest {
  modelDir: string;
  variant: string | null;
  /** Folder of a tokenizer that replaces the model's. */
  tokenizerDir: string | null;
  trainDataDir: string;
  outputDir: string;
  /** Optimizer updates between two saved embeddings. */
  saveSteps: number;
  saveAsFullPipeline: boolean;
  /** Optimizer updates. */
  maxTrainSteps: number;
  checkpointingSteps: number;
  checkpointsTotalLimit: number | null;
  resumeFromCheckpoint: string | null;
  gradientCheckpointing: boolean;
  /** null: none was given. */
  seed: number | null;
  options: Omit<InversionOptions, 'seed'>;
}

/**
 * Checks the options of textual_inversion.py and fills in the script's defaults.
 *
 * @param values by the script's names; strings or typed values
 * @throws E_OPTION (or E_USAGE for an unknown or missing one) with the option's name
 */
export function resolveInversionOptions(values: Record<string, unknown>): {
  request: InversionRequest;
  warnings: string[];
} {
  const source = { script: 'textual_inversion.py', command: 'textual-inversion' };
  const { given, read, warnings } = resolveOptions(INVERSION_OPTIONS, source, values);
  refuseTokenToTracker(given);
  if (given.has('num_train_epochs')) {
    warnings.push('--num_train_epochs ignored: max_train_steps, 5000 unless given, says when to stop');
  }
  return { request: toRequest(read), warnings };
}

function toRequest(read: OptionReader): InversionRequest {
  return {
    modelDir: read.text('pretrained_model_name_or_path'),
    variant: read.textOrNull('variant'),
    tokenizerDir: read.textOrNull('tokenizer_name'),
    trainDataDir: read.text('train_data_dir'),
    outputDir: read.text('output_dir'),
    saveSteps: read.number('save_steps'),
    saveAsFullPipeline: read.flag('save_as_full_pipeline'),
    maxTrainSteps: read.number('max_train_steps'),
    checkpointingSteps: read.number('checkpointing_steps'),
    checkpointsTotalLimit: read.numberOrNull('checkpoints_total_limit'),
    resumeFromCheckpoint: read.textOrNull('resume_from_checkpoint'),
    gradientCheckpointing: read.flag('gradient_checkpointing'),
    seed: read.numberOrNull('seed'),
    options: {
      placeholderToken: read.text('placeholder_token'),
      initializerToken: read.text('initializer_token'),
      numVectors: read.number('num_vectors'),
      // The tables' choices are the names of the types.
      learnableProperty: read.text('learnable_property') as InversionOptions['learnableProperty'],
      repeats: read.number('repeats'),
      resolution: read.number('resolution'),
      centerCrop: read.flag('center_crop'),
      trainBatchSize: read.number('train_batch_size'),
      gradientAccumulationSteps: read.number('gradient_accumulation_steps'),
      learningRate: read.number('learning_rate'),
      scaleLr: read.flag('scale_lr'),
      lrScheduler: read.text('lr_scheduler') as LrSchedulerName,
      lrWarmupSteps: read.number('lr_warmup_steps'),
      lrNumCycles: read.number('lr_num_cycles'),
      lrScheduleSteps: null,
      adamBeta1: read.number('adam_beta1'),
      adamBeta2: read.number('adam_beta2'),
      adamWeightDecay: read.number('adam_weight_decay'),
      adamEpsilon: read.number('adam_epsilon'),
    },
  };
}
