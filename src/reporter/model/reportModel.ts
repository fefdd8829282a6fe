/**
 * What a report says, apart from how it is drawn: plain data (JSON in, JSON out), computed once from the store. Values of
 * options stand under their names in the sweep file. Pictures are named by stage key and looked up in `pictures`.
 */
import type { Licence } from '../../stages/findLicence.ts';
import type { ScoreName } from '../../stages/scores.ts';
import type { NamedValues, OptionValue } from '../../sweep/types.ts';
import type { AxisEffect } from '../statistics/effects.ts';
import type { MetricName, ReportAnswer, ReportMetric, ReportSetting, SweetSpotMap } from './settingTypes.ts';

export * from './settingTypes.ts';

/** `failed` carries the reason; `missing` is everything that is not there for another reason. */
export type ResultState = 'complete' | 'failed' | 'missing';

export interface ReportModel {
  /** Raised when a field changes its meaning. */
  format: 2;
  sweep: {
    name: string;
    /** Base name of the sweep file: the folders above are the user's own business. */
    file: string;
    text: string;
    /** Every option with its values, defaults spelled out, as JSON text. */
    resolved: string;
    /** What is neither subject nor training option, as a sweep file in the same folder says it. */
    fileSettings: SweepSettings;
    /** What the command line changed, as given. */
    commandLine: string[];
    /** Markdown of `notes:`, or null. */
    notes: string | null;
  };
  model: {
    /** As written in the sweep file. */
    name: string;
    /** SHA-256 of the folder, or null where no stage names it. */
    digest: string | null;
    licence: Licence | null;
  };
  subjects: ReportSubject[];
  axes: ReportAxis[];
  seeds: number[];
  /** Whether the untrained model was sampled, too. */
  baseline: boolean;
  trials: ReportTrial[];
  /** Distinct sampler settings; cells and settings name them by position. */
  samplers: ReportSampler[];
  /** One entry a picture that the sweep asks for, the untrained model's included. */
  cells: ReportCell[];
  /** Every distinct picture, by stage key. */
  pictures: Record<string, ReportPicture>;
  /** Scores that have a value somewhere, in the order of their table. */
  metrics: ReportMetric[];
  /** What trials and samplers come to when seeds are set aside: what there is to choose from. */
  settings: ReportSetting[];
  /** One a subject, in the order of the file. */
  answers: ReportAnswer[];
  /** Learning rate by steps. */
  maps: SweetSpotMap[];
  /** What each axis does to each score. */
  effects: { subject: string; metric: MetricName; axes: AxisEffect[] }[];
  grids: PictureGrid[];
  trajectories: ReportTrajectory[];
  steps: {
    /** What trial by trial would train. */
    naive: number;
    /** What the shared trainings train. */
    planned: number;
  };
  /** The last failure of each job whose results are still not there. */
  failures: ReportFailure[];
  provenance: Provenance;
}

/** Blocks and names are those of a sweep file. */
export interface SweepSettings {
  train: { gradient_checkpointing?: true };
  sample: Record<string, OptionValue | OptionValue[]>;
  score?: { metrics: ScoreName[]; scorer?: string; dino?: string; other_prompts?: string[] };
  baseline?: false;
  keep_state?: string;
}

export interface ReportSubject {
  name: string;
  instancePrompt: string;
  classPrompt: string | null;
  /** Folders as a command in the sweep file's folder names them. */
  instanceDataDir: string;
  classDataDir: string | null;
  heldOutDir: string | null;
  prompts: string[];
  /** Absolute paths of the instance images. */
  photos: string[];
  /** Pictures of the untrained model for this subject's prompts, with the first sampler settings. */
  baseline: string[];
}

export interface ReportSampler {
  scheduler: string;
  numInferenceSteps: number;
  guidanceScale: number;
  negativePrompt: string;
  width: number;
  height: number;
}

export interface ReportCell {
  /** Number of the trial; null: the untrained model. */
  trial: number | null;
  subject: string;
  /** Training steps behind the picture. */
  steps: number;
  /** Values of all axes; of the inference axes only for the untrained model. */
  values: NamedValues;
  /** Position in `samplers`. */
  sampler: number;
  prompt: string;
  seed: number;
  /** Stage key. */
  picture: string;
}

export interface ReportAxis {
  name: string;
  block: 'train' | 'sample';
  values: OptionValue[];
}

export interface ReportTrial {
  number: number;
  id: string;
  subject: string;
  /** Values of the training axes. */
  values: NamedValues;
  learningRate: number;
  /** Training steps (optimizer updates). */
  steps: number;
  /** Options that differ from those of train_dreambooth.py, by their names there. */
  options: NamedValues;
  /** Options that differ from a sweep file's defaults, by their names there. */
  fileOptions: NamedValues;
  state: ResultState;
  /** Why it is not complete; null where it is. */
  reason: string | null;
  /** Smoothed loss at the trial's last step; null where there is none. */
  finalLoss: number | null;
  /** Its steps at the mean pace of all finished attempts at its training; null where the workspace knows of none. */
  seconds: number | null;
  /** Pictures with the first sampler settings, prompt by prompt and seed by seed. */
  pictures: string[];
}

export interface ReportPicture {
  state: ResultState;
  reason: string | null;
  /** Absolute path of the PNG; null where it is not complete. */
  path: string | null;
  /** Scores of this picture alone. */
  scores: Partial<Record<ScoreName, number>>;
}

/** One table of pictures: one subject, one prompt, fixed values of all axes but two. */
export interface PictureGrid {
  subject: string;
  prompt: string;
  /** Values of the axes that are neither row nor column here. */
  fixed: NamedValues;
  /** Names of the options that tell rows apart: one, or several that move together. */
  rowNames: string[];
  columnNames: string[];
  /** In the order of the sweep; every cell holds them in this order. */
  seeds: number[];
  rows: GridLine[];
  columns: GridLine[];
  /** `[row][column]`; null where the sweep asks for no such combination. */
  cells: (GridCell | null)[][];
  /** Pictures of the untrained model for each row; null where there are none. */
  base: (GridCell | null)[];
}

export interface GridLine {
  values: NamedValues;
}

export interface GridCell {
  /** Number of the trial; null: the untrained model. */
  trial: number | null;
  /** Training steps behind the pictures. */
  steps: number;
  learningRate: number | null;
  /** Values of all axes; of the inference axes only for the untrained model. */
  values: NamedValues;
  sampler: {
    scheduler: string;
    numInferenceSteps: number;
    guidanceScale: number;
    negativePrompt: string;
    width: number;
    height: number;
  };
  /** Stage key for every seed of the grid. */
  pictures: (string | null)[];
}

export interface LossPoint {
  step: number;
  loss: number;
  /** See smoothLosses. */
  smoothed: number;
}

/** One training run, which all trials that differ only in their steps share. */
export interface ReportTrajectory {
  key: string;
  subjects: string[];
  learningRate: number;
  /** Values of the training axes other than max_train_steps. */
  values: NamedValues;
  /** Numbers of the trials. */
  trials: number[];
  snapshots: { step: number; state: ResultState }[];
  /** Thinned: see thinLosses. Empty where no snapshot is there. */
  losses: LossPoint[];
  /** The learning rate where it changes; empty where it is constant. */
  schedule: { step: number; lr: number }[];
  /** The first step whose loss is not a finite number; null where all are. */
  notFiniteAt: number | null;
  /** Why trials with other steps could not share it, or null. */
  notShared: string | null;
}

export interface ReportFailure {
  kind: string;
  label: string;
  message: string;
  /** What sort of failure it is (out-of-memory, data, ...); null where nobody knows. */
  class: string | null;
  /** The end of what the worker printed; null without. */
  log: string | null;
}

export interface Provenance {
  /** Distinct `backend, n threads`, sorted; more than one where stages come from different settings. */
  backends: string[];
  /** Distinct versions by library, sorted. */
  versions: Record<string, string[]>;
  /** Versions of this program. */
  tools: string[];
  /** Finished and wanted stages, by kind, in the order of the plan. */
  stages: { kind: string; done: number; total: number }[];
  /** How many of the finished ones another sweep had made before. */
  reused: number;
  /** Seconds of work by slot (null where it is not known) and kind. */
  slots: { slot: string | null; kind: string; seconds: number }[];
  /** Sum over the finished stages, in seconds. */
  computeSeconds: number;
  /** ISO 8601, UTC; of the earliest and the latest finished stage. */
  firstStartedAt: string | null;
  lastFinishedAt: string | null;
}
