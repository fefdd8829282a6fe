import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SweetspotError } from '../core/errors.ts';
import type { ClassImagesJob, PictureBatch, Plan, TrainingJob, Trajectory } from '../planner/types.ts';
import { CLASS_IMAGES_PER_BLOCK, classImageFile } from '../stages/classImages.ts';
import type { Job, JobKind, JobOutput } from '../stages/job.ts';
import { MANIFEST_FILE } from '../stages/manifest.ts';
import { partialDir, stageDir } from '../store/stageStore.ts';
import type { Workspace } from '../store/workspace.ts';

/** Updates between two checkpoints inside a training; a stop makes one of its own. */
const CHECKPOINT_EVERY_STEPS = 100;

/** A job of the plan before it is handed to a worker. */
export interface PlannedJob {
  id: string;
  kind: JobKind;
  label: string;
  /** Steps of a training, pictures otherwise: what `seconds per unit` of the history counts. */
  units: number;
  /** Keys of stages that have to be there before it can start. */
  needs: string[];
  /** Keys that it leaves. */
  makes: string[];
  /** Jobs with a higher priority start first: what others wait for. */
  priority: number;
  /** The message for the worker; prepares the folders of this attempt. */
  build(attempt: number): Job;
  /** Removes what the job needed only while it ran; called when it is done. */
  cleanUp?(): void;
}

const short = (key: string): string => key.slice(0, 10);
export const stateKey = (snapshotKey: string): string => `${snapshotKey}-state`;

/** All jobs that the plan still wants. */
export function plannedJobs(plan: Plan, workspace: Workspace): PlannedJob[] {
  return [
    ...plan.classImagesJobs.map(job => classImagesJob(plan, workspace, job)),
    ...plan.trainingJobs.map(job => trainingJob(plan, workspace, job)),
    ...plan.pictureBatches.flatMap((batch, number) =>
      batch.missing.length === 0 ? [] : [pictureJob(plan, workspace, batch, number)],
    ),
  ];
}

function classImagesJob(plan: Plan, workspace: Workspace, job: ClassImagesJob): PlannedJob {
  const id = `class-images-${short(job.blockKey)}`;
  return {
    id,
    kind: 'class-images',
    label: `class images ${job.start + 1} to ${job.start + job.count} of "${job.classPrompt}"`,
    units: job.count,
    needs: [],
    makes: [job.blockKey],
    priority: 3,
    build(attempt) {
      const dir = partialDir(workspace, job.blockKey, attempt);
      copyBlock(stageDir(workspace, job.blockKey), dir);
      return {
        id,
        kind: 'class-images',
        parameters: {
          modelDir: plan.sweep.model.dir,
          classPrompt: job.classPrompt,
          classSeed: job.classSeed,
          start: job.start,
          count: job.count,
          batchSize: plan.sweep.sampleBatchSize,
          sampler: job.sampler,
        },
        outputs: [{ key: job.blockKey, dir, role: 'class-images', at: 0 }],
      };
    },
  };
}

/** A block that grows begins with the pictures it has. */
function copyBlock(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  if (!existsSync(from)) return;
  for (const name of readdirSync(from)) {
    if (name !== MANIFEST_FILE) copyFileSync(join(from, name), join(to, name));
  }
}

function trainingJob(plan: Plan, workspace: Workspace, job: TrainingJob): PlannedJob {
  const trajectory = plan.trajectories.find(({ key }) => key === job.trajectoryKey);
  if (!trajectory)
    throw new SweetspotError('E_INTERNAL', 'a training without its trajectory', { got: job.trajectoryKey });
  const id = `train-${short(job.trajectoryKey)}`;
  const last = job.snapshots.at(-1)?.step ?? 0;
  const states = job.snapshots.filter(({ step }) => job.keepStateAt.includes(step));
  const checkpointDir = join(workspace.checkpoints, job.trajectoryKey);
  return {
    id,
    kind: 'dreambooth',
    label: trajectory.label,
    units: last - job.fromStep,
    needs: trajectory.classImages.from === 'blocks' ? trajectory.classImages.blockKeys : [],
    makes: job.snapshots.map(({ key }) => key),
    priority: 2,
    build: attempt => ({
      id,
      kind: 'dreambooth',
      parameters: {
        modelDir: plan.sweep.model.dir,
        instanceImages: trajectory.instanceImages,
        instancePrompt: trajectory.instancePrompt,
        classImages: classImagePaths(trajectory, workspace),
        classPrompt: trajectory.classPrompt,
        options: trajectory.options,
        maxTrainSteps: last,
        from:
          job.fromSnapshotKey === null
            ? null
            : { step: job.fromStep, stateDir: stageDir(workspace, stateKey(job.fromSnapshotKey)) },
        checkpointDir,
        checkpointEverySteps: CHECKPOINT_EVERY_STEPS,
      },
      outputs: [
        ...job.snapshots.map(({ step, key }) => output(workspace, key, attempt, 'snapshot', step)),
        ...states.map(({ step, key }) => output(workspace, stateKey(key), attempt, 'state', step)),
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

function pictureJob(plan: Plan, workspace: Workspace, batch: PictureBatch, number: number): PlannedJob {
  const id = `pictures-${number + 1}`;
  const { sampler, snapshotKey } = batch;
  const missing = new Set(batch.missing);
  return {
    id,
    kind: 'sample',
    label: `${batch.missing.length} pictures, ${sampler.scheduler} ${sampler.numInferenceSteps} steps`,
    units: batch.missing.length * sampler.numInferenceSteps,
    needs: snapshotKey === null ? [] : [snapshotKey],
    makes: batch.missing,
    priority: 1,
    build: attempt => ({
      id,
      kind: 'sample',
      parameters: {
        modelDir: plan.sweep.model.dir,
        snapshotDir: snapshotKey === null ? null : stageDir(workspace, snapshotKey),
        sampler,
        pictures: batch.pictures.map(({ prompt, seed }) => ({ prompt, seed })),
      },
      outputs: batch.pictures.flatMap(({ key }, at) =>
        missing.has(key) ? [output(workspace, key, attempt, 'picture', at)] : [],
      ),
    }),
  };
}

const output = (
  workspace: Workspace,
  key: string,
  attempt: number,
  role: JobOutput['role'],
  at: number,
): JobOutput => ({ key, dir: partialDir(workspace, key, attempt), role, at });
