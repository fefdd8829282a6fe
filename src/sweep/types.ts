/**
 * A sweep file after reading: every default spelled out, every list an array without duplicates, paths absolute, the
 * model's own sizes filled in. camelCase here; the file's snake_case names appear as `Axis.name` and in `values` records.
 */
import type { InversionOptions, TrainOptions } from '../stages/job.ts';
import type { ModelInfo } from '../stages/modelInfo.ts';
import type { ResolvedSampler } from '../stages/sampler.ts';
import type { ScoreName } from '../stages/scores.ts';

export type { ResolvedSampler };

/** How prior images are made where they are generated; without effect where they are not. */
export interface ClassSampling {
  classSeed: number;
  classNumInferenceSteps: number;
  classGuidanceScale: number;
}

/**
 * The options under `train.textual_inversion`, by field; without effect where `textualInversionMaxTrainSteps` is 0. Null
 * for a resolution that is that of the training, and for tokens that are not given.
 */
export interface InversionChoice {
  textualInversionMaxTrainSteps: number;
  textualInversionPlaceholderToken: string | null;
  textualInversionInitializerToken: string | null;
  textualInversionNumVectors: number;
  textualInversionLearnableProperty: InversionOptions['learnableProperty'];
  textualInversionRepeats: number;
  textualInversionResolution: number | null;
  textualInversionCenterCrop: boolean;
  textualInversionTrainBatchSize: number;
  textualInversionGradientAccumulationSteps: number;
  textualInversionLearningRate: number;
  textualInversionScaleLr: boolean;
  textualInversionLrScheduler: InversionOptions['lrScheduler'];
  textualInversionLrWarmupSteps: number;
  textualInversionLrNumCycles: number;
  textualInversionLrScheduleSteps: number | null;
  textualInversionAdamBeta1: number;
  textualInversionAdamBeta2: number;
  textualInversionAdamWeightDecay: number;
  textualInversionAdamEpsilon: number;
  textualInversionSeed: number;
}

/** Everything under `train:` for one trial. */
export type TrainingOptions = TrainOptions & ClassSampling & InversionChoice & { maxTrainSteps: number };

export type OptionValue = number | string | boolean | null;

/** Values by the names they have in the file: `{learning_rate: 0.00001, max_train_steps: 100}`. */
export type NamedValues = Record<string, OptionValue>;

/** The list of values of every option: one value where the file gives one or none. */
export type Grid<T> = { [K in keyof T]: T[K][] };

/** An option with more than one value. `train` axes change weights, `sample` axes only pictures. */
export interface Axis {
  /** snake_case, as in the file. */
  name: string;
  /** camelCase, as in {@link TrainingOptions} or {@link ResolvedSampler}. */
  field: string;
  block: 'train' | 'sample';
  values: OptionValue[];
}

export interface Subject {
  name: string;
  /** Absolute. */
  instanceDataDir: string;
  /** Absolute paths, sorted by the bytes of their names; hidden files are left out. */
  instanceImages: string[];
  instancePrompt: string;
  classPrompt: string | null;
  /** Own prior images, absolute, in place of generated ones; null: generated where they are wanted. */
  classDataDir: string | null;
  classImages: string[];
  /** Photos never trained on, absolute, for scores; empty without. */
  heldOutImages: string[];
  /** What is sampled for this subject: its own `prompts`, or those of the sample block. */
  prompts: string[];
  /** Lists of values, by field, that this subject has in place of the sweep's. */
  train: Record<string, OptionValue[]>;
}

/** What a sweep measures. Folders are absolute. */
export interface ScoreSettings {
  /** In the file's order. */
  metrics: ScoreName[];
  /** A CLIP in transformers' layout: the one given, else the model's own; null where there is none. */
  clipDir: string | null;
  /** A ViT; null where none is given. */
  dinoDir: string | null;
  /** Prompts without the subject; null: those that the class suggests. */
  otherPrompts: string[] | null;
}

/** `last`: at the end of each trajectory; `all`: at every snapshot; `none`: nowhere. */
export type KeepState = 'last' | 'all' | 'none';

/** A block of `include:`, by field (camelCase). `subject` is the subject's name. */
export type Rule = Record<string, OptionValue>;

/** Which values of an option are meant: some by name, or a range of numbers. */
export type Condition =
  | { oneOf: OptionValue[] }
  | { atLeast?: number; atMost?: number; above?: number; below?: number };

/** Conditions by field (camelCase), all of which must hold. `subject` is the subject's name. */
export type Filter = Record<string, Condition>;

/** A rule of `when:`: combinations that meet `if` are kept only where they meet `only`. */
export interface When {
  if: Filter;
  only: Filter;
}

/** What the command line chose of a sweep. A trial or picture is in when it meets one of `only` (or there is none) and none of `exclude`. */
export interface Selection {
  only: Filter[];
  exclude: Filter[];
}

export interface Sweep {
  name: string;
  /** Absolute path of the sweep file. */
  file: string;
  model: {
    /** As written: `pocket`, or a path. */
    name: string;
    /** Absolute. */
    dir: string;
    info: ModelInfo;
  };
  subjects: Subject[];
  train: Grid<TrainingOptions>;
  sample: Grid<ResolvedSampler> & { seeds: number[] };
  /** Options with several values, in the file's order, `train` before `sample`; prompts, seeds and subjects are no axes. */
  axes: Axis[];
  /** For all trainings: memory for time, without another number. */
  gradientCheckpointing: boolean;
  /** Pictures made at once. */
  sampleBatchSize: number;
  /** Groups of axes (by field) that move together. */
  zip: string[][];
  exclude: Filter[];
  when: When[];
  include: Rule[];
  selection: Selection;
  /** What the command line changed, as it was given (`-S train.seed=1`, `--only subject=cat`); empty without. */
  commandLine: string[];
  /** Lines about options that are taken and will not do what they say. Sweeps of earlier versions lack them. */
  remarks?: string[];
  /** Null where nothing is measured. */
  score: ScoreSettings | null;
  /** Whether the untrained base model is sampled, too. */
  baseline: boolean;
  keepState: KeepState;
  /** Markdown for the report; null without. */
  notes: string | null;
}

/** One thing wrong with a sweep file; `message` is what to print. */
export interface Diagnostic {
  /** The sweep file, or the argument of the command line that is at fault. */
  file: string;
  /** From 1. */
  line: number;
  /** From 1, in characters. */
  column: number;
  what: string;
  expected: string | null;
  got: string | null;
  hint: string | null;
  /** `file:line:column: what; expected …, got …. Hint` on one line. */
  message: string;
  /** The line of the file and a caret under the place; empty where the place is no line (a file that is missing). */
  excerpt: string[];
}

export type SweepResult = { ok: true; sweep: Sweep } | { ok: false; diagnostics: Diagnostic[] };
