import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SweetspotError } from '../../core/errors.ts';
import { weightsOf } from '../../planner/trainedRuns.ts';
import type { Inversion, Plan, Trajectory } from '../../planner/types.ts';
import { PICTURE_FILE } from '../../stages/sample.ts';
import type { Attempt } from '../../store/attempts.ts';
import { stageDir } from '../../store/stageStore.ts';
import type { Workspace } from '../../store/workspace.ts';
import type { ReportFailure, ReportPicture, ResultState } from './reportModel.ts';

export interface Result {
  state: ResultState;
  reason: string | null;
}

export interface ResultStates {
  snapshot(key: string): Result;
  picture(key: string): Omit<ReportPicture, 'scores'>;
  failures: ReportFailure[];
}

const COMPLETE: Result = { state: 'complete', reason: null };

/**
 * How every snapshot and picture of the plan stands. What is not complete is `failed` where the job that makes it, or
 * one that this job waits for, failed when it was last tried.
 */
export function resultStates(
  plan: Plan,
  workspace: Workspace,
  completed: ReadonlySet<string>,
  attempts: readonly Attempt[],
): ResultStates {
  const blamed = blame(plan, completed, attempts);
  const snapshot = (key: string): Result => {
    if (completed.has(key)) return COMPLETE;
    const failure = blamed.get(key);
    return failure === undefined
      ? { state: 'missing', reason: 'not trained yet' }
      : { state: 'failed', reason: failure };
  };
  const snapshotOf = new Map(plan.pictures.map(({ key, snapshotKey }) => [key, snapshotKey]));
  return {
    snapshot,
    picture(key) {
      if (completed.has(key)) {
        const path = join(stageDir(workspace, key), PICTURE_FILE);
        if (existsSync(path)) return { ...COMPLETE, path };
        return { state: 'missing', reason: 'the file is gone', path: null };
      }
      const failure = blamed.get(key);
      if (failure !== undefined) return { state: 'failed', reason: failure, path: null };
      const from = snapshotOf.get(key) ?? null;
      const training = from === null ? COMPLETE : snapshot(from);
      if (training.state !== 'complete') return { ...training, path: null };
      return { state: 'missing', reason: 'not made yet', path: null };
    },
    failures: failuresLeft(plan, completed, attempts),
  };
}

/** Stage key -> why it is not there. */
function blame(
  plan: Plan,
  completed: ReadonlySet<string>,
  attempts: readonly Attempt[],
): Map<string, string> {
  const blamed = new Map<string, string>();
  for (const attempt of lastOfEachJob(attempts)) {
    const reason =
      attempt.kind === 'class-images' ? `no class images: ${messageOf(attempt)}` : messageOf(attempt);
    for (const key of stagesOf(plan, attempt)) {
      if (!completed.has(key) && !blamed.has(key)) blamed.set(key, reason);
    }
  }
  return blamed;
}

/** Later attempts at a job replace earlier ones; the order of the first failures stays. */
const lastOfEachJob = (attempts: readonly Attempt[]): Attempt[] => [
  ...new Map(attempts.map(attempt => [attempt.job, attempt])).values(),
];

/**
 * What is not there when the attempt's job fails: what it makes, or the trainings that its class images are for. Where an
 * older version did not note what a job makes, its name tells: a kind and the beginning of a key, or a batch's number.
 */
function stagesOf(plan: Plan, { kind, job, makes }: Attempt): string[] {
  if (makes !== null && kind !== 'class-images' && kind !== 'textual-inversion') return makes;
  const name = job.slice(job.lastIndexOf('-') + 1);
  switch (kind) {
    case 'textual-inversion': {
      const words = snapshotsOf((plan.inversions ?? []).filter(({ key }) => key.startsWith(name)));
      const users = plan.trajectories.filter(({ embeddings }) => words.includes(embeddings ?? ''));
      return [...words, ...snapshotsOf(users)];
    }
    case 'dreambooth':
      return snapshotsOf(plan.trajectories.filter(({ key }) => key.startsWith(name)));
    case 'class-images':
      return snapshotsOf(
        plan.trajectories.filter(
          ({ classImages }) =>
            classImages.from === 'blocks' && classImages.blockKeys.some(key => key.startsWith(name)),
        ),
      );
    case 'sample':
      return plan.pictureBatches[Number(name) - 1]?.pictures.map(({ key }) => key) ?? [];
    default:
      return [];
  }
}

const snapshotsOf = (trajectories: readonly (Inversion | Trajectory)[]): string[] =>
  trajectories.flatMap(run => weightsOf(run).map(({ key }) => key));

function failuresLeft(
  plan: Plan,
  completed: ReadonlySet<string>,
  attempts: readonly Attempt[],
): ReportFailure[] {
  return lastOfEachJob(attempts)
    .filter(attempt => stagesOf(plan, attempt).some(key => !completed.has(key)))
    .map(attempt => ({
      kind: attempt.kind,
      label: attempt.label,
      message: messageOf(attempt),
      class: attempt.class,
      log: attempt.log,
    }));
}

const messageOf = ({ error }: Attempt): string =>
  error === null ? 'failed without a message' : SweetspotError.fromJSON(error).message;
