import { join } from 'node:path';
import { SweetspotError } from '../../core/errors.ts';
import { trainingJobId } from '../../planner/trainedRuns.ts';
import type { Plan, TrainingJob, Trajectory } from '../../planner/types.ts';
import { CLASS_IMAGES_PER_BLOCK, classImageFile } from '../../stages/classImages.ts';
import type { DreamboothParameters, TrainOptions } from '../../stages/job.ts';
import { stageDir } from '../../store/stageStore.ts';
import type { Workspace } from '../../store/workspace.ts';
import { memoryOf } from './memory.ts';
import type { PlannedJob } from './plannedJob.ts';
import { trajectoryJob } from './trajectoryJob.ts';

/** Trains a trajectory from where it can be gone on from, through every snapshot that is missing. */
export function trainingJob(
  plan: Plan,
  workspace: Workspace,
  { job, trajectory }: { job: TrainingJob; trajectory: Trajectory | undefined },
): PlannedJob {
  if (!trajectory)
    throw new SweetspotError('E_INTERNAL', 'a training without its trajectory', { got: job.trajectoryKey });
  const { options, classImages, embeddings } = trajectory;
  const id = trainingJobId(job.trajectoryKey);
  const { parameters: common, outputs, ...shared } = trajectoryJob(plan, workspace, job, trajectory);
  const parameters: DreamboothParameters = {
    ...common,
    embeddingsDir: embeddings === null ? null : stageDir(workspace, embeddings),
    instanceImages: trajectory.instanceImages,
    instancePrompt: trajectory.instancePrompt,
    instanceCaptions: trajectory.instanceCaptions ?? null,
    classImages: classImagePaths(trajectory, workspace),
    classPrompt: trajectory.classPrompt,
    options,
  };
  return {
    ...shared,
    id,
    kind: 'dreambooth',
    label: trajectory.label,
    rateKey: trainingRateKey(plan.sweep, options),
    // Class images and embeddings may not be there yet; for the clock any pictures will do, and the model as it is.
    representative: {
      kind: 'dreambooth',
      parameters: {
        ...parameters,
        from: null,
        embeddingsDir: null,
        classImages: classImages.from === 'none' ? [] : trajectory.instanceImages,
      },
    },
    needs: [
      ...(classImages.from === 'blocks' ? classImages.blockKeys : []),
      ...(embeddings === null ? [] : [embeddings]),
    ],
    priority: 2,
    ...memoryOf(plan.sweep.model.info, options.trainTextEncoder ? 'train all' : 'train unet', options),
    build: attempt => ({ id, kind: 'dreambooth', parameters, outputs: outputs(attempt) }),
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
  const more = [
    ...(options.trainTextEncoder ? [' text encoder'] : []),
    ...(gradientCheckpointing ? [' checkpointing'] : []),
    ...(options.use8bitAdam ? [' 8-bit Adam'] : []),
    ...(options.mixedPrecision === 'no' ? [] : [` ${options.mixedPrecision}`]),
  ].join('');
  return `train ${model.name} ${options.resolution} ${images} images${more}`;
}
