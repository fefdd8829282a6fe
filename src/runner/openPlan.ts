import { existsSync } from 'node:fs';

import { planSweep } from '../planner/planSweep.ts';
import type { Plan } from '../planner/types.ts';
import { secondsPerUnit } from '../store/attempts.ts';
import { openForReading } from '../store/database.ts';
import { pictureBatches } from '../store/sweepRecords.ts';
import type { Workspace } from '../store/workspace.ts';
import type { Sweep } from '../sweep/types.ts';
import { Estimator } from './estimator.ts';
import { plannedJobs } from './jobs/index.ts';
import { storeView } from './storeView.ts';
import { sweepDigests } from './sweepDigests.ts';

/** A plan made without touching anything, and how long it would take by this workspace's history (null: no history). */
export async function openPlan(
  sweep: Sweep,
  workspace: Workspace,
): Promise<{ plan: Plan; seconds: number | null }> {
  const digests = await sweepDigests(sweep);
  if (!existsSync(workspace.databaseFile)) {
    return { plan: planSweep(sweep, digests), seconds: null };
  }
  const database = openForReading(workspace.databaseFile);
  try {
    const plan = planSweep(
      sweep,
      digests,
      storeView(database, workspace),
      pictureBatches(database, sweep.name),
    );
    const estimator = new Estimator(plannedJobs(plan, workspace), secondsPerUnit(database));
    return { plan, seconds: estimator.remainingSeconds() };
  } finally {
    database.close();
  }
}
