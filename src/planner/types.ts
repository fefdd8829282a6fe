/**
 * What a plan consists of. Plain data throughout (JSON in, JSON out): the store keeps trials and cells as they are here,
 * the runner makes jobs of trajectories, class-image blocks and picture batches, the reporter lays cells out in tables.
 */
import type { EmaOptions } from '../stages/ema.ts';
import type { StageNode } from '../stages/identity.ts';
import type { InversionOptions, TrainOptions } from '../stages/job.ts';
import type { ResolvedSampler } from '../stages/sampler.ts';
import type { ScoreInput } from '../stages/score.ts';
import type { ScoreName } from '../stages/scores.ts';
import type { Axis, NamedValues, Sweep, TrainingOptions } from '../sweep/types.ts';

/** What the planner asks of the workspace; both answers are false everywhere in an empty one. */
export interface StoreView {
  /** The stage's folder is complete. For a class-images block see `classImageCount`. */
  completed(key: string): boolean;
  /** The stage was complete and was let go to free its space: made again only where something missing needs it. */
  released?(key: string): boolean;
  /** The snapshot is complete and still carries the state to go on from. */
  hasState(snapshotKey: string): boolean;
  /** Steps of this trajectory that carry state, whichever sweep wanted them. Without it only this sweep's steps count. */
  stateSteps?(trajectoryKey: string): readonly number[];
  /** Pictures that a block holds (its first ones); without it a completed block counts as full. */
  classImageCount?(blockKey: string): number;
}

/** Digests of the user's files, SHA-256 in hex; the only part of planning that reads big files (see digestInputs). */
export interface InputDigests {
  model: string;
  /** By subject name. `class` maps a number of own class images to the digest of that many; empty without own ones. */
  subjects: Record<
    string,
    {
      instance: string;
      class: Record<number, string>;
      /** By `caption_extension`: each photo's prompt; null where all have the instance prompt. Only where asked for. */
      captions?: Record<string, string[] | null>;
      /** Of photos that are not trained on; missing without. */
      heldOut?: string;
    }
  >;
  /** Of the folders that scores are computed with, as far as the sweep names them. */
  scorers?: Partial<Record<'clip' | 'dino', string>>;
}

/** One combination of training values for one subject. */
export interface Trial {
  /** First 10 hex digits of the hash of (subject's name, options, snapshotKey); longer where two would collide. */
  id: string;
  /** From 1, in the order of the file: subject, then axes as written, the first one slowest, then `include`. */
  number: number;
  subject: string;
  /** Values of the training axes only, by their names in the file. What tells trials of a sweep apart. */
  values: NamedValues;
  /** Every training option as the file and the defaults give it. */
  options: TrainingOptions;
  maxTrainSteps: number;
  trajectoryKey: string;
  /** The stage whose weights this trial is: (trajectory, maxTrainSteps), or an average of the weights up to there. */
  snapshotKey: string;
}

/** One picture that a trial is judged by. Cells of different trials may share a picture (an option without effect). */
export interface Cell {
  /** Trial.id */
  trial: string;
  subject: string;
  /** Training steps behind the picture: the trial's maxTrainSteps. */
  step: number;
  /** Values of all axes, training and inference, by their names in the file. Shared between cells: never change it. */
  values: NamedValues;
  sampler: ResolvedSampler;
  prompt: string;
  seed: number;
  /** Stage key of the picture. */
  pictureKey: string;
}

/** A picture of the untrained base model: step 0, beside every trial of its subjects. */
export interface BaselineCell {
  trial: null;
  /** Names of the subjects that ask for this prompt. */
  subjects: string[];
  step: 0;
  /** Values of the inference axes. */
  values: NamedValues;
  sampler: ResolvedSampler;
  prompt: string;
  seed: number;
  pictureKey: string;
}

/** Where the prior images of a trajectory come from. */
export type ClassImageSource =
  | { from: 'none' }
  /** The user's own, in the order of use. */
  | { from: 'files'; paths: string[] }
  /** The first `count` generated ones: whole blocks in order, the last one perhaps in part. */
  | { from: 'blocks'; blockKeys: string[]; count: number };

/** One training run: all trials that are equal in everything but max_train_steps. No stage itself: its snapshots are. */
export interface Trajectory {
  key: string;
  label: string;
  /** Names of the subjects it serves (more than one only if their files and prompts are equal). */
  subjects: string[];
  /** Trial.id, in trial order. */
  trials: string[];
  instanceImages: string[];
  instancePrompt: string;
  /** Each photo's own prompt; null where all have the instance prompt. Plans of earlier versions lack it. */
  instanceCaptions?: string[] | null;
  /** Null without prior preservation. */
  classPrompt: string | null;
  classImages: ClassImageSource;
  /** The stage of a textual inversion whose word the model knows when training begins; null: the model as it is. */
  embeddings: string | null;
  /** Options as they take effect: those without effect at their defaults, `scaleLr` multiplied out. Goes into the job. */
  options: TrainOptions;
  /** Wanted snapshots, by ascending step; the last step is where training ends. */
  snapshots: { step: number; key: string }[];
  /** Wanted averages of the weights, each at a step that has a snapshot, too. Plans of earlier versions lack them. */
  averages?: WantedWeights[];
  /** Why trials with other max_train_steps could not join, or null where they can. */
  notShared: string | null;
}

/** The weights of a training at a step, or an average of them up to there. */
export interface WantedWeights {
  step: number;
  key: string;
  /** Absent for the weights themselves. */
  average?: EmaOptions;
}

/** One textual inversion: all that are equal in everything but their steps. No stage itself: its snapshots are. */
export interface Inversion {
  key: string;
  label: string;
  /** Names of the subjects it serves. */
  subjects: string[];
  /** Photos, in the order of use. */
  images: string[];
  /** As they take effect. Goes into the job. */
  options: InversionOptions;
  /** Wanted embeddings, by ascending step. */
  snapshots: { step: number; key: string }[];
}

/** A run of up to 20 generated class images, indices `start … start + count - 1`. */
export interface ClassImageBlock {
  key: string;
  classPrompt: string;
  classSeed: number;
  /** A multiple of the block size. */
  start: number;
  /** How many this plan wants: the most that any of its trajectories needs. */
  count: number;
  sampler: ResolvedSampler;
}

/** One picture to have, trained or untrained; every pictureKey once. */
export interface Picture {
  key: string;
  /** Null: the untrained base model. */
  snapshotKey: string | null;
  /** As it takes effect (see stages/sample.ts). Shared between pictures. */
  sampler: ResolvedSampler;
  prompt: string;
  seed: number;
}

/** Pictures made together: one snapshot, one sampler. Cut once and recorded, for the bytes may depend on the cut. */
export interface PictureBatch {
  snapshotKey: string | null;
  sampler: ResolvedSampler;
  /** In the order of the batch. */
  pictures: Picture[];
  /** Keys of those pictures that are not there yet; the rest is made again only to keep the batch as it was. */
  missing: string[];
}

/** A training to run now. */
export interface TrainingJob {
  /** Of the trajectory, or the textual inversion. */
  trajectoryKey: string;
  /** 0, or the step of the snapshot whose state is the start. */
  fromStep: number;
  /** Null from step 0. */
  fromSnapshotKey: string | null;
  /** Missing snapshots and averages to leave on the way, ascending; training ends at the last. */
  snapshots: WantedWeights[];
  /** Steps among them whose snapshot carries state. */
  keepStateAt: number[];
  /** The averages kept on the way, each with the key of what it goes on from; null from step 0. */
  averages: { average: EmaOptions; fromKey: string | null }[];
}

/** Class images to make now: a block, as far as it is wanted, from where it ends. */
export interface ClassImagesJob {
  blockKey: string;
  classPrompt: string;
  classSeed: number;
  /** Index of the first picture to make; above the block's own start where the block grows. */
  start: number;
  count: number;
  sampler: ResolvedSampler;
}

/** A picture of a prompt without the subject, by which `leak` and `other_prompts` judge a trial. */
export interface OtherCell {
  /** Null: of the untrained model. */
  trial: string | null;
  subject: string;
  step: number;
  sampler: ResolvedSampler;
  prompt: string;
  seed: number;
  pictureKey: string;
}

/** A score stage: what one scorer says of one picture, or of one group of pictures, by the photos of one subject. */
export interface PlannedScore extends Omit<ScoreInput, 'digests'> {
  key: string;
  subject: string;
}

/** What a sweep measures. */
export interface ScorePlan {
  /** Scores asked for that can be computed. */
  names: ScoreName[];
  /** Scores asked for that cannot, and how to get them. */
  absent: { name: ScoreName; why: string }[];
  /** The prompts of otherCells, by subject. */
  otherPrompts: Record<string, string[]>;
  /** Further pictures, of other prompts; the baseline's among them. */
  otherCells: OtherCell[];
  /** Every score stage, done or not. */
  stages: PlannedScore[];
  /** Those that are to be computed now. */
  missing: PlannedScore[];
}

export interface StepCounts {
  /** Sum of every trial's steps, those of its textual inversion included: what trial by trial would cost. */
  naive: number;
  /** Sum of the largest steps of every trajectory and every textual inversion. */
  planned: number;
  /** planned - remaining */
  cached: number;
  /** What this workspace would really train now. */
  remaining: number;
}

export interface Plan {
  sweep: Sweep;
  axes: Axis[];
  trials: Trial[];
  cells: Cell[];
  baselineCells: BaselineCell[];
  /** Textual inversions, which trainings begin with. Absent in plans that earlier versions have kept. */
  inversions?: Inversion[];
  trajectories: Trajectory[];
  classImageBlocks: ClassImageBlock[];
  pictures: Picture[];
  /** Every stage that the sweep consists of, done or not, upstream before downstream. */
  stages: StageNode[];
  steps: StepCounts;
  /** Distinct pictures, those of the baseline included; missing: not in this workspace yet. */
  images: { total: number; missing: number };
  /** Work to do now, by kind; all empty where everything is there. */
  classImagesJobs: ClassImagesJob[];
  inversionJobs?: TrainingJob[];
  trainingJobs: TrainingJob[];
  pictureBatches: PictureBatch[];
  /** Null where the sweep asks for no scores. Plans that the store keeps from earlier versions lack it. */
  scoring: ScorePlan | null;
}
