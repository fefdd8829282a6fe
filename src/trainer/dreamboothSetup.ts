import { SweetspotError } from '../core/errors.ts';
import type { TorchGenerator } from '../core/random/torchGenerator.ts';
import type { LearnedEmbeddings } from '../diffusion/learnedEmbeddings.ts';
import type { StableDiffusionPipeline } from '../diffusion/pipeline/index.ts';
import type { EmaOptions } from '../stages/ema.ts';
import type { TrainOptions } from '../stages/job.ts';
import { type LrScheduleOptions, learningRateAt, multiplierAt } from './lrSchedule.ts';
import type { TrainedGroup } from './trainedGroups.ts';

export interface DreamboothSetup {
  /** Holds the base model's weights, which the training changes in place. */
  pipeline: StableDiffusionPipeline;
  /** Paths in training order. */
  instanceImages: readonly string[];
  instancePrompt: string;
  /** Each photo's own prompt, in their order; null: all have the instance prompt. */
  instanceCaptions?: readonly string[] | null;
  /** Used with prior preservation only, and then no more than `numClassImages` of them. */
  classImages: readonly string[];
  classPrompt: string | null;
  options: TrainOptions;
  /** Computes activations twice instead of keeping them; no number depends on it. Default: false. */
  gradientCheckpointing?: boolean;
  /** Of a word that the pipeline was given before; goes with the weights that are saved. */
  embeddings?: LearnedEmbeddings | null;
  /** Optimizer updates after which the training ends: the learning rate's horizon unless the options name one. */
  maxTrainSteps: number;
  /** The training's random stream where something was drawn from it before; otherwise it starts at the seed. */
  generator?: TorchGenerator;
  /** Moving averages of the weights to keep beside them. */
  averages?: readonly EmaOptions[];
  /** Tokens of a prompt; default: the tokenizer's length. */
  tokenizerMaxLength?: number | null;
  /** Backend, versions and threads in a line; kept in checkpoints, for bits are promised only under the same. */
  environment?: string;
}

/** With prior preservation the first `numClassImages`, otherwise none. */
export function classImagesOf({ options, classImages }: DreamboothSetup): readonly string[] {
  return options.withPriorPreservation ? classImages.slice(0, options.numClassImages) : [];
}

/** @throws E_MISSING without pictures; E_MODEL for a UNet that is not made for latents alone */
export function checkSetup(setup: DreamboothSetup): void {
  const { pipeline, options, instanceImages } = setup;
  if (instanceImages.length === 0) {
    throw new SweetspotError('E_MISSING', 'no instance pictures to train on', { place: 'instance_data_dir' });
  }
  if (options.withPriorPreservation && classImagesOf(setup).length === 0) {
    throw new SweetspotError('E_MISSING', 'prior preservation without class pictures', {
      place: 'class_data_dir',
    });
  }
  checkModel(pipeline);
}

/** @throws E_MODEL for a UNet that is not made for latents alone */
export function checkModel(pipeline: StableDiffusionPipeline): void {
  const { inChannels, outChannels } = pipeline.unet.config;
  const { latentChannels } = pipeline.vae.config;
  if (inChannels !== latentChannels || outChannels !== latentChannels) {
    throw new SweetspotError('E_MODEL', 'training needs a UNet from latents to latents', {
      place: pipeline.dir,
      allowed: `${latentChannels} channels in and out`,
      got: `${inChannels} in, ${outChannels} out`,
      hint: 'Inpainting and upscaling models cannot be trained.',
    });
  }
}

type ScheduleOptions = Pick<
  TrainOptions,
  | 'learningRate'
  | 'scaleLr'
  | 'gradientAccumulationSteps'
  | 'trainBatchSize'
  | 'lrScheduler'
  | 'lrWarmupSteps'
  | 'lrNumCycles'
  | 'lrPower'
>;

/** The prompts of a training, each once, and which of them each photo and the class pictures have. */
export interface TrainingPrompts {
  prompts: string[];
  /** By the photo's place in the list. */
  ofInstance: number[];
  /** Null without prior preservation. */
  ofClass: number | null;
}

export function trainingPrompts(setup: DreamboothSetup): TrainingPrompts {
  const { instanceImages, instanceCaptions, instancePrompt, classPrompt, options } = setup;
  const ofPhotos = instanceImages.map((_, i) => instanceCaptions?.[i] ?? instancePrompt);
  const ofClass = options.withPriorPreservation ? (classPrompt ?? '') : null;
  const prompts = [...new Set([...ofPhotos, ...(ofClass === null ? [] : [ofClass])])];
  return {
    prompts,
    ofInstance: ofPhotos.map(prompt => prompts.indexOf(prompt)),
    ofClass: ofClass === null ? null : prompts.indexOf(ofClass),
  };
}

/**
 * The learning rate of each group of weights at an optimizer update counted from 0: torch multiplies every group's own
 * rate by the schedule, which is that of the first.
 */
export function ratesAt(
  schedule: LrScheduleOptions,
  groups: readonly TrainedGroup[],
  options: TrainOptions,
  update: number,
): number[] {
  const { learningRate, textEncoderLearningRate } = options;
  const rate = learningRateAt(schedule, update);
  return groups.map(({ part }) =>
    part === 'unet' || textEncoderLearningRate === null || textEncoderLearningRate === learningRate
      ? rate
      : multiplierAt(schedule, update) * textEncoderLearningRate * rateFactor(options),
  );
}

/** What `scale_lr` multiplies learning rates by. */
const rateFactor = ({ scaleLr, gradientAccumulationSteps, trainBatchSize }: ScheduleOptions): number =>
  scaleLr ? gradientAccumulationSteps * trainBatchSize : 1;

/** @param totalSteps the horizon in optimizer updates */
export function lrSchedule(options: ScheduleOptions, totalSteps: number): LrScheduleOptions {
  return {
    lrScheduler: options.lrScheduler,
    learningRate: options.learningRate * rateFactor(options),
    warmupSteps: options.lrWarmupSteps,
    totalSteps,
    numCycles: options.lrNumCycles,
    power: options.lrPower,
  };
}
