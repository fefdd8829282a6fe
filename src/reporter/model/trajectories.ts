import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan, Trajectory } from '../../planner/types.ts';
import { LOSSES_FILE, type LossLine, parseLosses } from '../../stages/lossLog.ts';
import { stageDir } from '../../store/stageStore.ts';
import type { Workspace } from '../../store/workspace.ts';
import { firstNotFinite, smoothLosses, thinLosses } from './lossCurve.ts';
import type { LossPoint, ReportTrajectory } from './reportModel.ts';
import type { ResultStates } from './resultStates.ts';

export interface Trajectories {
  list: ReportTrajectory[];
  /** Smoothed loss of a trajectory at a step; null where its log does not reach it. */
  lossAt(trajectoryKey: string, step: number): number | null;
}

/** The training runs of the plan with their losses, as far as the furthest finished snapshot tells them. */
export function reportTrajectories(plan: Plan, workspace: Workspace, states: ResultStates): Trajectories {
  const trials = new Map(plan.trials.map(trial => [trial.id, trial]));
  const smoothed = new Map<string, LossPoint[]>();
  const list = plan.trajectories.map(trajectory => {
    const lines = readLosses(trajectory, workspace, states);
    const points = smoothLosses(lines);
    smoothed.set(trajectory.key, points);
    const own = trajectory.trials.flatMap(id => trials.get(id) ?? []);
    const { max_train_steps: _, ...values } = own[0]?.values ?? {};
    return {
      key: trajectory.key,
      subjects: trajectory.subjects,
      learningRate: trajectory.options.learningRate,
      values,
      trials: own.map(({ number }) => number),
      snapshots: trajectory.snapshots.map(({ step, key }) => ({ step, state: states.snapshot(key).state })),
      losses: thinLosses(points),
      schedule: scheduleOf(lines),
      notFiniteAt: firstNotFinite(lines),
      notShared: trajectory.notShared,
    };
  });
  return {
    list,
    lossAt: (key, step) => smoothed.get(key)?.find(point => point.step === step)?.smoothed ?? null,
  };
}

const MAX_CHANGES = 120;

/** The rate where it changes, thinned; empty where it never does. */
function scheduleOf(lines: readonly LossLine[]): { step: number; lr: number }[] {
  const changes = lines.filter(({ lr }, i) => lr !== lines[i - 1]?.lr || i === lines.length - 1);
  if (changes.length <= 2 && changes[0]?.lr === changes.at(-1)?.lr) return [];
  const every = Math.ceil(changes.length / MAX_CHANGES);
  return changes
    .filter((_, i) => i % every === 0 || i === changes.length - 1)
    .map(({ step, lr }) => ({ step, lr }));
}

/** A log that is gone or torn tells nothing, but the rest of the report does not depend on it. */
function readLosses({ snapshots }: Trajectory, workspace: Workspace, states: ResultStates): LossLine[] {
  const last = snapshots.findLast(({ key }) => states.snapshot(key).state === 'complete');
  if (!last) return [];
  try {
    return parseLosses(readFileSync(join(stageDir(workspace, last.key), LOSSES_FILE), 'utf8'));
  } catch {
    return [];
  }
}
