import { trainedRuns } from '../planner/trainedRuns.ts';
import type { Plan } from '../planner/types.ts';
import { type Attempt, failedAttempts } from '../store/attempts.ts';
import { openForReading } from '../store/database.ts';
import { isLocked } from '../store/lock.ts';
import { madeStages } from '../store/releasedStages.ts';
import { stageBackends } from '../store/stageRows.ts';
import { listSweeps, type SweepRecord, type SweepState } from '../store/sweepRecords.ts';
import type { Workspace } from '../store/workspace.ts';

interface Progress {
  done: number;
  total: number;
}

export interface SweepStatus {
  name: string;
  file: string;
  /** `interrupted`: its orchestrator died without a word; the same command goes on. */
  state: SweepState | 'interrupted';
  updatedAt: string;
  stages: Progress;
  /** Training steps: of each trajectory, up to its last finished snapshot. */
  steps: Progress;
  pictures: Progress;
  failures: Attempt[];
  /** Backends (with threads) that the finished stages were computed on; more than one is worth knowing. */
  backends: string[];
}

/** How all sweeps of the workspace stand, the latest first; never blocks a running orchestrator. */
export function sweepStatuses(workspace: Workspace): SweepStatus[] {
  const database = openForReading(workspace.databaseFile);
  try {
    const running = isLocked(workspace);
    const completed = madeStages(database, workspace);
    return listSweeps(database).map(record => ({
      ...progressOf(record, completed),
      state: record.state === 'running' && !running ? 'interrupted' : record.state,
      failures: record.state === 'complete' ? [] : failedAttempts(database, record.name),
      backends: stageBackends(database, new Set((record.plan as Plan).stages.map(({ key }) => key))),
    }));
  } finally {
    database.close();
  }
}

function progressOf(
  record: SweepRecord,
  completed: ReadonlySet<string>,
): Omit<SweepStatus, 'failures' | 'backends'> {
  // The runner wrote it; the store only keeps it.
  const plan = record.plan as Plan;
  const count = (keys: readonly string[]): Progress => ({
    done: keys.filter(key => completed.has(key)).length,
    total: keys.length,
  });
  return {
    name: record.name,
    file: record.file,
    state: record.state,
    updatedAt: record.updatedAt,
    stages: count(plan.stages.map(({ key }) => key)),
    steps: {
      done: sum(
        trainedRuns(plan),
        ({ snapshots }) => snapshots.findLast(({ key }) => completed.has(key))?.step ?? 0,
      ),
      total: plan.steps.planned,
    },
    pictures: count(plan.pictures.map(({ key }) => key)),
  };
}

const sum = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((total, item) => total + value(item), 0);
