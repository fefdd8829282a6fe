import { trainedRuns } from '../planner/trainedRuns.ts';
import type { Plan } from '../planner/types.ts';
import type { StageRow, StateOf } from '../store/stageRows.ts';
import type { KeepState } from '../sweep/types.ts';
import { stateKey } from './jobs/plannedJob.ts';

/**
 * What stays of finished sweeps. `all`: everything that a sweep of the workspace refers to. `trials`: the weights of every
 * trial, but not what was only needed on the way to them. `best`: the weights of the best trials of each sweep alone.
 * Pictures and scores stay always: they are small, and the report lives on them.
 */
export type Keep = { kind: 'all' } | { kind: 'trials' } | { kind: 'best'; count: number };

/** A sweep of the workspace, as its last run left it. */
export interface KnownSweep {
  plan: Plan;
  /** Something of it is still to do: all that it refers to is kept, so that it can go on. */
  unfinished: boolean;
  /** Trial.number of the trials that `keep: best` keeps; null where nothing tells them apart, and all are kept. */
  best: readonly number[] | null;
}

export interface GarbagePolicy {
  keep: Keep;
  /** Overrides each sweep's own `keep_state`. */
  keepState: KeepState | null;
}

export interface Garbage {
  /** No sweep refers to them: forgotten without a trace. */
  remove: StageRow[];
  /** Sweeps refer to them: gone, but known to have been there, so that a run does not make them again for nothing. */
  release: StageRow[];
  bytes: number;
}

/** Which of the workspace's stages can go. Pure; what any sweep still needs is never among them. */
export function findGarbage(
  stages: readonly StageRow[],
  states: readonly StateOf[],
  sweeps: readonly KnownSweep[],
  policy: GarbagePolicy,
): Garbage {
  const known = new Set(sweeps.flatMap(({ plan }) => plan.stages.map(({ key }) => key)));
  const kept = new Set(sweeps.flatMap(sweep => keptStages(sweep, policy)));
  const keptStates = new Set(sweeps.flatMap(sweep => statesToKeep(sweep, states, policy)));
  const stateKeys = new Set(states.map(({ snapshotKey }) => stateKey(snapshotKey)));
  const garbage: Garbage = { remove: [], release: [], bytes: 0 };
  for (const stage of stages) {
    const { key, bytes } = stage;
    if (stateKeys.has(key) ? keptStates.has(key) : kept.has(key)) continue;
    (known.has(key) ? garbage.release : garbage.remove).push(stage);
    garbage.bytes += bytes;
  }
  return garbage;
}

/** Stages that stay when nobody needs them any more. */
const LASTING: readonly string[] = ['sample', 'score'];

function keptStages({ plan, unfinished, best }: KnownSweep, { keep }: GarbagePolicy): string[] {
  if (keep.kind === 'all' || unfinished) return plan.stages.map(({ key }) => key);
  const chosen = keep.kind === 'best' && best !== null ? new Set(best) : null;
  return [
    ...plan.stages.filter(({ kind }) => LASTING.includes(kind)).map(({ key }) => key),
    ...plan.trials.filter(({ number }) => chosen?.has(number) ?? true).map(({ snapshotKey }) => snapshotKey),
  ];
}

function statesToKeep(
  { plan, unfinished }: KnownSweep,
  states: readonly StateOf[],
  { keepState }: GarbagePolicy,
): string[] {
  const policy = unfinished ? 'all' : (keepState ?? plan.sweep.keepState);
  if (policy === 'none') return [];
  return trainedRuns(plan).flatMap(({ key, snapshots }) => {
    const own = states.filter(({ trajectoryKey }) => trajectoryKey === key);
    // Another sweep may have trained on: from there this one could not be made a little longer.
    const end = snapshots.at(-1)?.step ?? 0;
    const reached = own.filter(({ step }) => step <= end);
    const furthest = Math.max(...(reached.length > 0 ? reached : own).map(({ step }) => step));
    return own
      .filter(({ step }) => policy === 'all' || step === furthest)
      .map(({ snapshotKey }) => stateKey(snapshotKey));
  });
}
