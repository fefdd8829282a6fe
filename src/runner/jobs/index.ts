import type { Plan } from '../../planner/types.ts';
import type { Workspace } from '../../store/workspace.ts';
import { classImagesJob } from './classImagesJob.ts';
import { inversionJob } from './inversionJob.ts';
import { pictureJob } from './pictureJob.ts';
import type { PlannedJob } from './plannedJob.ts';
import { scoreJobs } from './scoreJob.ts';
import { trainingJob } from './trainingJob.ts';

/** All jobs that the plan still wants. */
export function plannedJobs(plan: Plan, workspace: Workspace): PlannedJob[] {
  return [
    ...plan.classImagesJobs.map(job => classImagesJob(plan, workspace, job)),
    ...(plan.inversionJobs ?? []).map(job => inversionJob(plan, workspace, job)),
    ...plan.trainingJobs.map(job => trainingJob(plan, workspace, job)),
    ...plan.pictureBatches.flatMap(batch =>
      batch.missing.length === 0 ? [] : [pictureJob(plan, workspace, batch)],
    ),
    ...scoreJobs(plan, workspace),
  ];
}
