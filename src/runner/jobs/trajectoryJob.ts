import { join } from 'node:path';
import { removeIfThere } from '../../core/removeIfThere.ts';
import type { Inversion, Plan, TrainingJob } from '../../planner/types.ts';
import { isSameEma } from '../../stages/ema.ts';
import type { JobOutput, TrajectoryParameters } from '../../stages/job.ts';
import { stageDir } from '../../store/stageStore.ts';
import type { Workspace } from '../../store/workspace.ts';
import { outputAt, type PlannedJob, stateKey } from './plannedJob.ts';

/** Updates between two checkpoints inside a training; a stop makes one of its own. */
const checkpointEverySteps = Number(process.env.SWEETSPOT_CHECKPOINTING_STEPS) || 100;

/** What the jobs of every kind of training have in common. */
export interface TrajectoryJob extends Pick<PlannedJob, 'units' | 'makes' | 'cleanUp'> {
  parameters: TrajectoryParameters;
  outputs(attempt: number): JobOutput[];
}

export function trajectoryJob(
  { sweep }: Plan,
  workspace: Workspace,
  job: TrainingJob,
  { snapshots }: Pick<Inversion, 'snapshots'>,
): TrajectoryJob {
  const checkpointDir = join(workspace.checkpoints, job.trajectoryKey);
  const states = snapshots.filter(({ step }) => job.keepStateAt.includes(step));
  const maxTrainSteps = job.snapshots.at(-1)?.step ?? 0;
  const { fromStep, fromSnapshotKey, averages } = job;
  return {
    parameters: {
      modelDir: sweep.model.dir,
      gradientCheckpointing: sweep.gradientCheckpointing,
      maxTrainSteps,
      from:
        fromSnapshotKey === null
          ? null
          : {
              step: fromStep,
              stateDir: stageDir(workspace, stateKey(fromSnapshotKey)),
              averageDirs: averages.flatMap(({ fromKey }) =>
                fromKey === null ? [] : [stageDir(workspace, fromKey)],
              ),
            },
      averages: averages.map(({ average }) => average),
      checkpointDir,
      checkpointEverySteps,
    },
    units: maxTrainSteps - fromStep,
    makes: job.snapshots.map(({ key }) => key),
    outputs: attempt => [
      // States first: where a run is killed between the two, the snapshot is made of its state. The other way round nobody
      // would see that the state is missing.
      ...states.map(({ step, key }) => outputAt(workspace, stateKey(key), attempt, 'state', step)),
      ...job.snapshots.map(
        ({ step, key, average }): JobOutput =>
          average
            ? {
                ...outputAt(workspace, key, attempt, 'average', step),
                average: averages.findIndex(other => isSameEma(other.average, average)),
              }
            : outputAt(workspace, key, attempt, 'snapshot', step),
      ),
    ],
    cleanUp: () => removeIfThere(checkpointDir),
  };
}
