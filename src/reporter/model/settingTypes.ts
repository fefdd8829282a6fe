/** The part of a report that scores are for: settings, how they compare, and what is recommended. */
import type { ScoreDefinition, ScoreName } from '../../stages/scores.ts';
import type { NamedValues } from '../../sweep/types.ts';
import type { Estimate } from '../statistics/bootstrap.ts';
import type { AxisEffect } from '../statistics/effects.ts';
import type { Comparison } from '../statistics/pairedComparison.ts';

export type { AxisEffect, Comparison, Estimate };

/** A score, or what is made of several. */
export type MetricName = ScoreName | DerivedMetric;

/**
 * `likeness`: how far the subject score has come from the untrained model's (0) to the best setting's (1), prompt by
 * prompt. `prompt_kept`: the prompt score from the worst setting's (0) to the best's (1). `balance`: the harmonic mean
 * of the two, picture by picture. All three are relative to this sweep, and cut off at 0 and 1.
 */
export type DerivedMetric = 'balance' | 'likeness' | 'prompt_kept';

export interface ReportMetric {
  name: MetricName;
  title: string;
  direction: ScoreDefinition['direction'];
  range: ScoreDefinition['range'];
  unit: ScoreDefinition['unit'];
  definition: string;
  source: string;
  whatItMisses: string;
}

export type Region = 'underfit' | 'good' | 'overfit';

/** One combination of all axes but seeds, for one subject; or the untrained model with one sampler. */
export interface ReportSetting {
  /** Position in `settings`. */
  id: number;
  subject: string;
  /** Whether it is the untrained model. */
  untrained: boolean;
  /** Values of the axes, training and inference, without `seed`. */
  values: NamedValues;
  /** Null for the untrained model. */
  learningRate: number | null;
  steps: number;
  sampler: number;
  /** Numbers of the trials: several where the training seed is an axis. */
  trials: number[];
  /** Stage keys of its pictures, prompt by prompt and seed by seed. */
  pictures: string[];
  /** Means over prompts and seeds. */
  scores: Partial<Record<MetricName, Estimate>>;
  /** By the rule of regions.ts; null where the scores for it are missing. */
  region: Region | null;
  /** Whether no other setting of the subject has both a better subject score and a better prompt score. */
  onFront: boolean;
}

export interface ReportAnswer {
  subject: string;
  /** What settings were ranked by; null where there is nothing to rank by. */
  metric: MetricName | null;
  /** Id of the setting with the best mean; null without scores. */
  best: number | null;
  /** Ids of settings that cannot be told from the best, better means first. */
  ties: number[];
  /** The best against every other setting of the subject, on the same prompts and seeds. */
  comparisons: { setting: number; comparison: Comparison; tie: boolean }[];
  /** Why, in a sentence or two. */
  reason: string;
  /** What to be careful about, a sentence each. */
  cautions: string[];
  /** Axes on whose edge the best setting lies. */
  edges: EdgeWarning[];
  /** Ids of a setting with too little and one with too much training, to look at beside the best. */
  under: number | null;
  over: number | null;
  /** Trains the best setting for good; null without one. */
  command: string | null;
}

export interface EdgeWarning {
  axis: string;
  value: number;
  side: 'lowest' | 'highest';
  /** Lines of the sweep file that go one value further. */
  lines: string;
}

/** Settings of one subject by learning rate (rows) and steps (columns), all other axes fixed. */
export interface SweetSpotMap {
  subject: string;
  fixed: NamedValues;
  learningRates: number[];
  steps: number[];
  /** Ids of settings, `[row][column]`; null where there is none. */
  settings: (number | null)[][];
}
