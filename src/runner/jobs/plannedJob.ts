import type { CalibrateParameters, Job, JobKind, JobOutput } from '../../stages/job.ts';
import type { ResolvedSampler } from '../../stages/sampler.ts';
import { partialDir } from '../../store/stageStore.ts';
import type { Workspace } from '../../store/workspace.ts';

type WithoutKey<T> = T extends { rateKey: string } ? Omit<T, 'rateKey'> : never;
export type Representative = WithoutKey<CalibrateParameters>;

/** A job of the plan before it is handed to a worker. */
export interface PlannedJob {
  id: string;
  kind: JobKind;
  label: string;
  /** Optimizer updates of a training; sampler steps, summed over pictures, otherwise. */
  units: number;
  /** Jobs with the same one cost the same per unit. */
  rateKey: string;
  /** What to time a few steps of, where nothing is known of the rate key. */
  representative: Representative;
  /** Keys of stages that have to be there before it can start. */
  needs: string[];
  /** Keys that it leaves. */
  makes: string[];
  /** Between jobs with equally long critical paths, those with a higher priority start first. */
  priority: number;
  /** The weights it samples from, where it does: a worker that holds them need not read them. */
  weights?: string;
  /** What it cannot do without while it runs, in bytes: weights, gradients, moments. */
  memoryBytes?: number;
  /** The message for the worker; prepares the folders of this attempt. */
  build(attempt: number): Job;
  /** Removes what the job needed only while it ran; called when it is done. */
  cleanUp?(): void;
}

/** Enough of a key to tell jobs apart on a screen. */
export const short = (key: string): string => key.slice(0, 10);

/** The folder of the state beside a snapshot: kept or dropped apart from its weights. */
export const stateKey = (snapshotKey: string): string => `${snapshotKey}-state`;

/** Where the worker puts one result of an attempt. */
export const outputAt = (
  workspace: Workspace,
  key: string,
  attempt: number,
  role: JobOutput['role'],
  at: number,
): JobOutput => ({ key, dir: partialDir(workspace, key, attempt), role, at });

export const samplerRateKey = (model: string, sampler: ResolvedSampler, batch: number): string =>
  `sample ${model} ${sampler.width}x${sampler.height}${sampler.guidanceScale > 1 ? ' guided' : ''} batch ${batch}`;
