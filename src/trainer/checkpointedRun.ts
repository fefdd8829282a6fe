import { randomInt } from 'node:crypto';
import { writeFolderAtomic } from '../core/folders.ts';
import { checkpointDir, findCheckpoint, keepNewest, removeUnfinished } from './checkpointFolders.ts';
import { readStateFile } from './checkpointState.ts';
import { LossFile } from './lossFile.ts';
import type { StepMetrics, Trainer } from './trainer.ts';

/** What somebody who watches a training is told. */
export interface TrainingHooks {
  /** Backend, versions and threads in a line; a checkpoint made under others is gone on from with a warning. */
  environment: string;
  onStep?: (metrics: StepMetrics, maxTrainSteps: number) => void;
  onClassImage?: (done: number, total: number) => void;
  /** Something that the user should know and that is no fault: the seed that was chosen, where a run goes on. */
  onInfo?: (message: string) => void;
  onWarning?: (message: string) => void;
  /** A stop request: a checkpoint is saved, and the training ends. */
  signal?: AbortSignal;
}

export interface TrainingEnd {
  end: 'done' | 'stopped';
  /** Optimizer updates made. */
  step: number;
  outputDir: string;
}

/** The options of the scripts that say where a training starts, and when it saves. */
export interface CheckpointOptions {
  outputDir: string;
  /** null: none was given. */
  seed: number | null;
  resumeFromCheckpoint: string | null;
  checkpointingSteps: number;
  checkpointsTotalLimit: number | null;
}

export interface TrainingStart {
  /** The checkpoint to go on from; null: from step 0. */
  checkpoint: string | null;
  /** The one given; going on without one, that of the checkpoint; otherwise any, and told. */
  seed: number;
}

export async function startOf(options: CheckpointOptions, hooks: TrainingHooks): Promise<TrainingStart> {
  const { outputDir, resumeFromCheckpoint } = options;
  const found = resumeFromCheckpoint === null ? null : await findCheckpoint(outputDir, resumeFromCheckpoint);
  if (resumeFromCheckpoint !== null && !found) {
    hooks.onWarning?.(`no checkpoint in ${outputDir}: starting a new training`);
  }
  const checkpoint = found?.dir ?? null;
  if (options.seed !== null) return { checkpoint, seed: options.seed };
  if (checkpoint !== null) return { checkpoint, seed: (await readStateFile(checkpoint)).seed };
  const seed = randomInt(2 ** 31);
  hooks.onInfo?.(`no seed was given: using --seed ${seed}`);
  return { checkpoint, seed };
}

/**
 * Runs a training from its start to its end with `losses.jsonl` and the checkpoints that the options ask for.
 *
 * @param stops further steps at which `onStop` is called, between two updates
 */
export async function runCheckpointed(
  trainer: Trainer,
  start: TrainingStart,
  maxTrainSteps: number,
  options: CheckpointOptions & { stops?: (after: number) => number; onStop?: () => Promise<void> },
  hooks: TrainingHooks,
): Promise<'done' | 'stopped'> {
  const { outputDir, checkpointingSteps, stops, onStop } = options;
  if (start.checkpoint !== null) await resume(trainer, start.checkpoint, hooks);
  await removeUnfinished(outputDir);
  const losses = await LossFile.open(outputDir, trainer.step);
  let saved = trainer.step;
  while (trainer.step < maxTrainSteps) {
    const started = trainer.step;
    const next = nextMultiple(started, checkpointingSteps);
    const end = await trainer.run(Math.min(maxTrainSteps, next, stops?.(started) ?? next), {
      ...(hooks.signal && { signal: hooks.signal }),
      onStep: metrics => {
        losses.append(metrics);
        hooks.onStep?.(metrics, maxTrainSteps);
      },
    });
    if (end === 'done') await onStop?.();
    const due = end === 'stopped' || trainer.step % checkpointingSteps === 0;
    if (due && trainer.step > saved) {
      await checkpoint(trainer, options);
      saved = trainer.step;
    }
    if (end === 'stopped') return end;
  }
  return 'done';
}

/** The first multiple of `every` above `step`. */
export const nextMultiple = (step: number, every: number): number => (Math.floor(step / every) + 1) * every;

async function resume(trainer: Trainer, dir: string, hooks: TrainingHooks): Promise<void> {
  const { environment } = await readStateFile(dir);
  if (environment !== hooks.environment) {
    hooks.onWarning?.(
      `${dir} was made with ${environment}; now it is ${hooks.environment}: the last digits will differ from an uninterrupted run`,
    );
  }
  await trainer.restoreCheckpoint(dir, { anyEnvironment: true });
  hooks.onInfo?.(`going on from step ${trainer.step}`);
}

async function checkpoint(trainer: Trainer, options: CheckpointOptions): Promise<void> {
  const { outputDir, checkpointsTotalLimit } = options;
  await saveCheckpoint(trainer, checkpointDir(outputDir, trainer.step));
  // After it is there, where the script removes before: a kill or a full disk in between leaves one to go on from.
  if (checkpointsTotalLimit !== null) {
    await keepNewest(outputDir, checkpointsTotalLimit, trainer.step);
  }
}

/** A checkpoint in a folder that is there whole or not at all. */
export async function saveCheckpoint(trainer: Trainer, dir: string): Promise<void> {
  await writeFolderAtomic(dir, partial => trainer.writeCheckpoint(partial));
}
