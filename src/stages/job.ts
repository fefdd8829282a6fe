/**
 * The seam between the towers: what the orchestrator asks of a worker. A job is a message with everything in it (no
 * database, no sweep file); its results are folders that the orchestrator alone completes with a manifest and renames.
 */
import type { SweetspotErrorJson } from '../core/errors.ts';
import type { EmaFields, EmaOptions } from './ema.ts';
import type { ScoreRole, Scorer } from './scores.ts';

export type StageKind = 'class-images' | 'textual-inversion' | 'dreambooth' | 'sample' | 'score';

/** Of products and of what the reverse pass keeps; weights and moments are float32 always. */
export type MixedPrecision = 'no' | 'fp16' | 'bf16';

/** Options of one training, diffusers' names in camelCase, every default spelled out. */
export interface TrainOptions extends EmaFields {
  resolution: number;
  centerCrop: boolean;
  trainTextEncoder: boolean;
  trainBatchSize: number;
  gradientAccumulationSteps: number;
  learningRate: number;
  /** Of the text encoder where it is trained; null: as `learningRate`. */
  textEncoderLearningRate: number | null;
  scaleLr: boolean;
  lrScheduler: LrSchedulerName;
  /** Optimizer updates. */
  lrWarmupSteps: number;
  lrNumCycles: number;
  lrPower: number;
  /** Horizon of the schedule in optimizer updates; null: the training's own max_train_steps. */
  lrScheduleSteps: number | null;
  adamBeta1: number;
  adamBeta2: number;
  adamWeightDecay: number;
  adamEpsilon: number;
  /** Moments of large weights in eight bits. */
  use8bitAdam: boolean;
  mixedPrecision: MixedPrecision;
  maxGradNorm: number;
  withPriorPreservation: boolean;
  priorLossWeight: number;
  numClassImages: number;
  offsetNoise: boolean;
  snrGamma: number | null;
  /** Of the caption files beside the photos, without a dot; null: every photo has the instance prompt. */
  captionExtension: string | null;
  seed: number;
}

/** Options of one textual inversion, likewise. */
export interface InversionOptions {
  /** The new word; with several vectors the tokens `<moji>`, `<moji>_1`, ... stand for it. */
  placeholderToken: string;
  /** A word of one token, whose embedding the new ones begin as. */
  initializerToken: string;
  numVectors: number;
  /** Chooses the prompts. */
  learnableProperty: 'object' | 'style';
  /** How often an epoch shows every photo. */
  repeats: number;
  resolution: number;
  centerCrop: boolean;
  trainBatchSize: number;
  gradientAccumulationSteps: number;
  learningRate: number;
  scaleLr: boolean;
  lrScheduler: LrSchedulerName;
  lrWarmupSteps: number;
  lrNumCycles: number;
  lrScheduleSteps: number | null;
  adamBeta1: number;
  adamBeta2: number;
  adamWeightDecay: number;
  adamEpsilon: number;
  seed: number;
}

export type LrSchedulerName =
  | 'constant'
  | 'constant_with_warmup'
  | 'linear'
  | 'cosine'
  | 'cosine_with_restarts'
  | 'polynomial';

export type SchedulerName = 'ddpm' | 'ddim' | 'pndm' | 'lms' | 'euler' | 'dpm-solver-multistep';

/** How pictures are made; everything here is an inference axis except the prompt and the seed. */
export interface SamplerSettings {
  scheduler: SchedulerName;
  numInferenceSteps: number;
  guidanceScale: number;
  negativePrompt: string;
  /** Pixels; null: the model's own size. */
  width: number | null;
  height: number | null;
}

/** Pictures numbered `start … start + count - 1`, each from its own generator seeded by (classSeed, index). */
export interface ClassImagesParameters {
  modelDir: string;
  classPrompt: string;
  classSeed: number;
  start: number;
  count: number;
  batchSize: number;
  sampler: SamplerSettings;
}

/** What every training through the wanted steps of a trajectory has to know. */
export interface TrajectoryParameters {
  modelDir: string;
  /** Memory for time; no number depends on it. */
  gradientCheckpointing: boolean;
  /** Where training ends; the snapshots and states wanted on the way are the job's outputs. */
  maxTrainSteps: number;
  /** State to go on from, or null for step 0. */
  from: { step: number; stateDir: string; averageDirs: string[] } | null;
  /** Averages of the weights that are kept beside them. */
  averages: EmaOptions[];
  /** Folder for checkpoints inside the job, outside the outputs; a resumed attempt finds its predecessor's there. */
  checkpointDir: string;
  /** Optimizer updates between two checkpoints inside the job. */
  checkpointEverySteps: number;
}

/** A textual inversion from step 0, or from a state, through every wanted step. */
export interface InversionParameters extends TrajectoryParameters {
  images: string[];
  options: InversionOptions;
}

/** A trajectory's training from step 0, or from a snapshot's state, through every wanted step. */
export interface DreamboothParameters extends TrajectoryParameters {
  /** Folder with the embeddings of a new word that the model gets first; null: the model as it is. */
  embeddingsDir: string | null;
  instanceImages: string[];
  instancePrompt: string;
  /** Each photo's own prompt, in their order; null: all have the instance prompt. */
  instanceCaptions: string[] | null;
  /** Paths in index order; empty without prior preservation. */
  classImages: string[];
  classPrompt: string | null;
  options: TrainOptions;
}

export interface SampleParameters {
  modelDir: string;
  /** Folder with what replaces parts of the base model (`unet/`, `text_encoder/`) or is added to it (embeddings); null: the untrained base. */
  snapshotDir: string | null;
  /** File with the embeddings of a new word to add besides. */
  embeddingsFile?: string | null;
  sampler: SamplerSettings;
  /** One batch, in this order: output i is the picture of item i. */
  pictures: { prompt: string; seed: number }[];
}

/** What is measured together: one picture, or the seeds of a group. Paths are absolute. */
export interface ScoreItem {
  role: ScoreRole;
  pictures: string[];
  /** The untrained model's picture beside it; null without one, or where it is not looked at. */
  basePicture: string | null;
  /** What the prompt says; null where no text is read. */
  text: string | null;
}

/** Measures pictures by the photos of one subject. */
export interface ScoreParameters {
  scorer: Scorer;
  /** Folder of the scorer's model; null for the one that needs none. */
  scorerDir: string | null;
  photos: { instance: string[]; heldOut: string[] };
  /** Output i holds the values of item i. */
  items: ScoreItem[];
}

/** `sweetspot train` and `textual-inversion`: the script's options as given, resolved and checked by the trainer. */
export interface TrainCommandParameters {
  values: Record<string, string | number | boolean | null>;
}

/** Parts of the pocket model that are made one after the other; `decoder` is the VAE's, once more. */
export const PRETRAIN_STAGES = ['clip', 'vae', 'decoder', 'unet'] as const;

export type PretrainStage = (typeof PRETRAIN_STAGES)[number];

/** `sweetspot pretrain`: a part of the pocket model, made from nothing. Folders are absolute. */
export interface PretrainParameters {
  stage: PretrainStage;
  /** The `node_modules` with the packages that pictures are composed from. */
  artDir: string;
  tokenizerDir: string;
  /** A trained text encoder that is kept as it is; null: texts are learned, too. */
  textEncoderDir: string | null;
  /** A trained VAE: what `decoder` trains on, and `unet` gets its latents from. */
  vaeDir: string | null;
  /** Checkpoints and losses. */
  workDir: string;
  outputDir: string;
  steps: number;
  seed: number;
}

/**
 * Measures what a unit of work costs here, where the workspace has no history of it yet: a few steps of each item,
 * results thrown away. A unit is an optimizer update, one sampler step of one picture, or one item to
 * score.
 */
export type CalibrateParameters = { rateKey: string } & (
  | { kind: 'dreambooth'; parameters: DreamboothParameters }
  | { kind: 'textual-inversion'; parameters: InversionParameters }
  | { kind: 'sample'; parameters: SampleParameters }
  | { kind: 'score'; parameters: ScoreParameters }
);

export interface JobParameters {
  'class-images': ClassImagesParameters;
  'textual-inversion': InversionParameters;
  dreambooth: DreamboothParameters;
  sample: SampleParameters;
  score: ScoreParameters;
  train: TrainCommandParameters;
  'train-inversion': TrainCommandParameters;
  pretrain: PretrainParameters;
  calibrate: CalibrateParameters;
  /** Trains something small that is always the same, whose losses tell whether a backend computes rightly. */
  'check-backend': Record<string, never>;
}

export type JobKind = keyof JobParameters;

/**
 * A result folder that the job fills: `dir` is a `.partial` folder, `key` the stage's. `at` says which of the job's
 * results it is: the step of a snapshot or state, the position of a picture in the batch or of an item to
 * score, 0 for a block of class images.
 */
export interface JobOutput {
  key: string;
  dir: string;
  role: 'class-images' | 'snapshot' | 'average' | 'state' | 'picture' | 'scores';
  at: number;
  /** Of an average: which one of the job's. */
  average?: number;
}

interface JobOf<K extends JobKind> {
  id: string;
  kind: K;
  parameters: JobParameters[K];
  outputs: JobOutput[];
}

export type Job = { [K in JobKind]: JobOf<K> }[JobKind];

/** Orchestrator to worker. */
export type WorkerCommand = { type: 'job'; job: Job } | { type: 'stop' };

/** Worker to orchestrator. */
export type WorkerMessage =
  | {
      type: 'hello';
      pid: number;
      backend: string;
      /** What the backend computes on; absent: the CPU. */
      device?: 'cpu' | 'gpu';
      threads: number;
      versions: Record<string, string>;
      /** Why the backend is slower than it could be; null where it is not. */
      warning?: string | null;
    }
  | { type: 'progress'; job: string; done: number; total: number; unit: 'step' | 'picture'; note?: string }
  | { type: 'metric'; job: string; step: number; loss: number; lr: number }
  | { type: 'info' | 'warning'; job: string; message: string }
  | { type: 'rate'; job: string; rateKey: string; secondsPerUnit: number }
  /** The folder of this output is complete and flushed; the orchestrator may take it. */
  | { type: 'output'; job: string; key: string }
  | { type: 'done'; job: string }
  /** The worker saw the stop, saved a checkpoint where the job has one, and ends. */
  | { type: 'stopped'; job: string | null }
  | { type: 'failed'; job: string; error: SweetspotErrorJson; stack?: string };
