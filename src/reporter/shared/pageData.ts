import type { NamedValues } from '../../sweep/types.ts';
import type { SweepSettings } from '../model/reportModel.ts';

/** What the script of the page works with: the ReportModel cut down to numbers and short texts, as JSON in the page. */
export interface PageData {
  sweep: string;
  /** See ReportModel.sweep. */
  fileSettings: SweepSettings;
  file: string;
  model: string;
  /** Whether thumbnails are in the page; else they lie in `images/thumbs/`. */
  inline: boolean;
  dims: Dim[];
  /** `[picture, trial (0: untrained), setting, sampler, then the index of its value on every dim (-1: on none)]` */
  cells: number[][];
  pictures: PagePicture[];
  metrics: PageMetric[];
  settings: PageSetting[];
  samplers: string[];
  trials: PageTrial[];
  subjects: PageSubject[];
  maps: PageMap[];
  answers: { subject: string; metric: string | null; best: number | null; ties: number[] }[];
  effects: { subject: string; metric: string; axes: PageEffect[] }[];
  trajectories: PageTrajectory[];
  steps: { naive: number; planned: number };
  slots: { slot: string | null; kind: string; seconds: number }[];
}

/** Something that cells differ in: a subject, a prompt, an axis, a seed. */
export interface Dim {
  /** `subject`, `prompt`, `seeds`, or the name of an axis. */
  name: string;
  label: string;
  /** `train`: changes weights, so that the untrained model has no value on it. */
  kind: 'subject' | 'prompt' | 'train' | 'sample' | 'seed';
  values: string[];
}

export interface PagePicture {
  /** Name of its files in `images/`, without ending. */
  id: string;
  /** 0: there; 1: failed; 2: missing. */
  state: number;
  /** Why it is not there. */
  reason?: string;
  /** Pixels of the original. */
  side?: [width: number, height: number];
  /** By position in `metrics`; null where there is none. */
  scores: (number | null)[];
}

export interface PageMetric {
  name: string;
  title: string;
  higher: boolean;
  definition: string;
  misses: string;
}

export type PageEstimate = [mean: number, low: number, high: number, n: number];

export interface PageSetting {
  subject: string;
  untrained: boolean;
  text: string;
  values: NamedValues;
  learningRate: number | null;
  steps: number;
  sampler: number;
  trials: number[];
  /** Positions in `pictures`. */
  pictures: number[];
  /** By position in `metrics`. */
  scores: (PageEstimate | null)[];
  region: 'underfit' | 'good' | 'overfit' | null;
  onFront: boolean;
}

export interface PageTrial {
  number: number;
  subject: string;
  values: NamedValues;
  options: NamedValues;
  /** What a sweep file has to say under `train`. */
  file: NamedValues;
  steps: number;
  pictures: number[];
}

export interface PageSubject {
  name: string;
  instanceDataDir: string;
  instancePrompt: string;
  classDataDir: string | null;
  heldOutDir: string | null;
  classPrompt: string | null;
  prompts: string[];
}

export interface PageMap {
  subject: string;
  /** Values of the other axes, in words. */
  fixed: string;
  learningRates: number[];
  steps: number[];
  settings: (number | null)[][];
}

export interface PageEffect {
  axis: string;
  importance: PageEstimate;
  levels: { level: string; estimate: PageEstimate }[];
}

export interface PageTrajectory {
  subjects: string[];
  text: string;
  /** `[step, loss, smoothed loss]` */
  losses: [number, number, number][];
  /** `[step, rate]`, empty where it is constant. */
  schedule: [number, number][];
}
