import type { Plan } from '../../planner/types.ts';
import type { Workspace } from '../../store/workspace.ts';
import { classImagesJob } from './classImagesJob.ts';
import { inversionJob } from './inversionJob.ts';
import { pictureJob, snapshotNames } from './pictureJob.ts';
import type { PlannedJob } from './plannedJob.ts';
import { scoreJobs } from './scoreJob.ts';
import { trainingJob } from './trainingJob.ts';

/** All jobs that the plan still wants. */
export function plannedJobs(plan: Plan, workspace: Workspace): PlannedJob[] {
  const trajectories = new Map(plan.trajectories.map(trajectory => [trajectory.key, trajectory]));
  const names = snapshotNames(plan);
  return [
    ...plan.classImagesJobs.map(job => classImagesJob(plan, workspace, job)),
    ...(plan.inversionJobs ?? []).map(job => inversionJob(plan, workspace, job)),
    ...plan.trainingJobs.map(job =>
      trainingJob(plan, workspace, { job, trajectory: trajectories.get(job.trajectoryKey) }),
    ),
    ...plan.pictureBatches.flatMap(batch =>
      batch.missing.length === 0 ? [] : [pictureJob(plan, workspace, batch, names)],
    ),
    ...scoreJobs(plan, workspace),
  ];
}
