import { removeIfThere } from '../core/removeIfThere.ts';
import type { Plan } from '../planner/types.ts';
import { openForReading, openForWriting, type StoreDatabase } from '../store/database.ts';
import { acquireLock } from '../store/lock.ts';
import { madeStages, releaseStage, removeStage } from '../store/releasedStages.ts';
import { listStages, listStates } from '../store/stageRows.ts';
import { listSweeps } from '../store/sweepRecords.ts';
import { syncStages } from '../store/syncStages.ts';
import type { Workspace } from '../store/workspace.ts';
import { findGarbage, type Garbage, type GarbagePolicy } from './garbage.ts';
import { awaitOldWorkers } from './oldWorkers.ts';

/** Trial.number of the trials behind a sweep's best settings, so many of each subject; null where nothing was measured. */
export type Ranking = (sweep: string, settings: number) => readonly number[] | null;

/** What a policy would free, without freeing it. */
export function previewGarbage(workspace: Workspace, policy: GarbagePolicy, ranking: Ranking): Garbage {
  const database = openForReading(workspace.databaseFile);
  try {
    return garbageOf(database, workspace, policy, ranking);
  } finally {
    database.close();
  }
}

/**
 * Frees what the policy does not keep. Needs the workspace to itself, so that no running job loses what it works on.
 *
 * @param onStage called before each stage goes
 * @throws E_STORE when an orchestrator works in the workspace
 */
export async function collectGarbage(
  workspace: Workspace,
  policy: GarbagePolicy,
  ranking: Ranking,
  onStage: (label: string) => void = () => undefined,
): Promise<Garbage> {
  openForReading(workspace.databaseFile).close(); // refuses a folder where no sweep was run before it makes anything
  const lock = acquireLock(workspace);
  try {
    await awaitOldWorkers(workspace);
    const database = openForWriting(workspace.databaseFile);
    try {
      await syncStages(database, workspace);
      const garbage = garbageOf(database, workspace, policy, ranking);
      for (const { key, label } of garbage.release) {
        onStage(label);
        await releaseStage(database, workspace, key);
      }
      for (const { key, label } of garbage.remove) {
        onStage(label);
        await removeStage(database, workspace, key);
      }
      removeIfThere(workspace.thumbnails);
      return garbage;
    } finally {
      database.close();
    }
  } finally {
    lock.release();
  }
}

function garbageOf(
  database: StoreDatabase,
  workspace: Workspace,
  policy: GarbagePolicy,
  ranking: Ranking,
): Garbage {
  const made = madeStages(database, workspace);
  const sweeps = listSweeps(database).map(({ name, plan: json }) => {
    const plan = json as Plan;
    return {
      plan,
      // Class images serve training alone: where all of it is done, missing ones leave nothing undone.
      unfinished: plan.stages.some(({ key, kind }) => kind !== 'class-images' && !made.has(key)),
      best: policy.keep.kind === 'best' ? ranking(name, policy.keep.count) : null,
    };
  });
  return findGarbage(listStages(database), listStates(database), sweeps, policy);
}
