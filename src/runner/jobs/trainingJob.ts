import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { SweetspotError } from '../../core/errors.ts';
import type { Plan, TrainingJob, Trajectory } from '../../planner/types.ts';
import { CLASS_IMAGES_PER_BLOCK, classImageFile } from '../../stages/classImages.ts';
import { isSameEma } from '../../stages/ema.ts';
import type { DreamboothParameters, JobOutput, TrainOptions } from '../../stages/job.ts';
import { stageDir } from '../../store/stageStore.ts';
import type { Workspace } from '../../store/workspace.ts';
import { memoryOf } from './memory.ts';
import { outputAt, type PlannedJob, short, stateKey } from './plannedJob.ts';

/** Updates between two checkpoints inside a training; a stop makes one of its own. */
const CHECKPOINT_EVERY_STEPS = 100;

/** Trains a trajectory from where it can be gone on from, through every snapshot that is missing. */
export function trainingJob(plan: Plan, workspace: Workspace, job: TrainingJob): PlannedJob {
  const trajectory = plan.trajectories.find(({ key }) => key === job.trajectoryKey);
  if (!trajectory)
    throw new SweetspotError('E_INTERNAL', 'a training without its trajectory', { got: job.trajectoryKey });
  const { options, classImages } = trajectory;
  const id = `train-${short(job.trajectoryKey)}`;
  const checkpointDir = join(workspace.checkpoints, job.trajectoryKey);
  const states = trajectory.snapshots.filter(({ step }) => job.keepStateAt.includes(step));
  const last = job.snapshots.at(-1)?.step ?? 0;
  const parameters: DreamboothParameters = {
    modelDir: plan.sweep.model.dir,
    instanceImages: trajectory.instanceImages,
    instancePrompt: trajectory.instancePrompt,
    instanceCaptions: trajectory.instanceCaptions ?? null,
    classImages: classImagePaths(trajectory, workspace),
    classPrompt: trajectory.classPrompt,
    options,
    gradientCheckpointing: plan.sweep.gradientCheckpointing,
    maxTrainSteps: last,
    from:
      job.fromSnapshotKey === null
        ? null
        : {
            step: job.fromStep,
            stateDir: stageDir(workspace, stateKey(job.fromSnapshotKey)),
            averageDirs: job.averages.flatMap(({ fromKey }) =>
              fromKey === null ? [] : [stageDir(workspace, fromKey)],
            ),
          },
    averages: job.averages.map(({ average }) => average),
    checkpointDir,
    checkpointEverySteps: CHECKPOINT_EVERY_STEPS,
  };
  return {
    id,
    kind: 'dreambooth',
    label: trajectory.label,
    units: last - job.fromStep,
    rateKey: trainingRateKey(plan.sweep, options),
    // Class images may not be there yet; for the clock any pictures will do.
    representative: {
      kind: 'dreambooth',
      parameters: {
        ...parameters,
        from: null,
        classImages: classImages.from === 'none' ? [] : trajectory.instanceImages,
      },
    },
    needs: classImages.from === 'blocks' ? classImages.blockKeys : [],
    makes: job.snapshots.map(({ key }) => key),
    priority: 2,
    ...memoryOf(plan.sweep.model.info, options.trainTextEncoder ? 'train all' : 'train unet'),
    build: attempt => ({
      id,
      kind: 'dreambooth',
      parameters,
      outputs: [
        ...job.snapshots.map(
          ({ step, key, average }): JobOutput =>
            average
              ? {
                  ...outputAt(workspace, key, attempt, 'average', step),
                  average: job.averages.findIndex(other => isSameEma(other.average, average)),
                }
              : outputAt(workspace, key, attempt, 'snapshot', step),
        ),
        ...states.map(({ step, key }) => outputAt(workspace, stateKey(key), attempt, 'state', step)),
      ],
    }),
    cleanUp: () => rmSync(checkpointDir, { recursive: true, force: true }),
  };
}

function classImagePaths({ classImages }: Trajectory, workspace: Workspace): string[] {
  if (classImages.from === 'none') return [];
  if (classImages.from === 'files') return classImages.paths;
  const { blockKeys, count } = classImages;
  return Array.from({ length: count }, (_, index) => {
    const block = blockKeys[Math.floor(index / CLASS_IMAGES_PER_BLOCK)] ?? '';
    return join(stageDir(workspace, block), classImageFile(index));
  });
}

function trainingRateKey({ model, gradientCheckpointing }: Plan['sweep'], options: TrainOptions): string {
  const images =
    options.trainBatchSize * options.gradientAccumulationSteps * (options.withPriorPreservation ? 2 : 1);
  const more = `${options.trainTextEncoder ? ' text encoder' : ''}${gradientCheckpointing ? ' checkpointing' : ''}`;
  return `train ${model.name} ${options.resolution} ${images} images${more}`;
}
