import { makeFolder } from '../../core/makeFolder.ts';
import { listCheckpoints, replaceCheckpoint } from '../checkpointFolders.ts';
import type { StepMetrics } from '../dreambooth.ts';
import { LossFile } from '../lossFile.ts';
import type { Pretraining } from './pretraining.ts';
import { trainUntil } from './trainUntil.ts';

export interface PretrainHooks {
  signal: AbortSignal;
  onStep(metrics: StepMetrics): void;
  onInfo(message: string): void;
}

export interface PretrainingRun {
  /** For checkpoints and losses.jsonl; what is there is gone on from. */
  workDir: string;
  /** Updates in all. */
  steps: number;
  /** Updates between checkpoints. */
  every: number;
}

/** Trains to the end, or to the stop request, with checkpoints on the way; says at each one how good it is. */
export async function runPretraining(
  training: Pretraining,
  { workDir, steps, every }: PretrainingRun,
  { signal, onStep, onInfo }: PretrainHooks,
): Promise<'done' | 'stopped'> {
  makeFolder(workDir);
  const last = (await listCheckpoints(workDir)).at(-1);
  if (last) {
    await training.restore(last.dir);
    onInfo(`going on from step ${training.step}`);
  }
  const losses = await LossFile.open(workDir, training.step);
  while (training.step < steps) {
    const next = Math.min(steps, (Math.floor(training.step / every) + 1) * every);
    const end = await trainUntil(training, next, {
      signal,
      onStep: metrics => {
        losses.append(metrics);
        onStep(metrics);
      },
    });
    await replaceCheckpoint(workDir, training.step, dir => training.write(dir));
    if (end === 'stopped') return end;
    onInfo(`step ${training.step}: ${await training.validate()}`);
  }
  return 'done';
}
