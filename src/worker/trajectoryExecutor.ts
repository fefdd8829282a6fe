import { existsSync } from 'node:fs';
import { SweetspotError } from '../core/errors.ts';
import { makeFolder } from '../core/makeFolder.ts';
import type { JobOutput, TrajectoryParameters } from '../stages/job.ts';
import type { LossLine } from '../stages/lossLog.ts';
import { listCheckpoints, replaceCheckpoint } from '../trainer/checkpointFolders.ts';
import type { Trainer } from '../trainer/trainer.ts';
import type { ExecutorEnd, JobContext } from './context.ts';
import { readLosses, writeLosses } from './losses.ts';

/**
 * Trains a trajectory through every wanted snapshot, leaving weights (and state) on the way. What the job was cut into
 * is not seen in the results: from a snapshot's state, or from a checkpoint of an attempt that was killed, it goes on bit
 * for bit. The trainer is disposed of at the end.
 */
export async function trainTrajectory(
  trainer: Trainer,
  parameters: TrajectoryParameters,
  outputs: readonly JobOutput[],
  context: JobContext,
): Promise<ExecutorEnd> {
  try {
    const from = parameters.from?.step ?? 0;
    const losses = await restore(trainer, parameters, outputs, context);
    for (const until of stopsOf(parameters, outputs)) {
      if (until < trainer.step) continue;
      const end = await trainer.run(until, {
        signal: context.signal,
        onStep: metrics => {
          losses.push(metrics);
          context.metric(metrics.step, metrics.loss, metrics.lr);
          context.progress(metrics.step - from, parameters.maxTrainSteps - from, 'step');
        },
      });
      // A stop that comes while a snapshot is written ends the next stretch where it begins: what is due there is left already.
      if (trainer.step === until) await leaveOutputs(trainer, outputs, losses, context);
      if (end === 'stopped' || trainer.step % parameters.checkpointEverySteps === 0) {
        await replaceCheckpoint(parameters.checkpointDir, trainer.step, async partial => {
          await writeLosses(partial, losses);
          await trainer.writeCheckpoint(partial);
        });
      }
      if (end === 'stopped') return 'stopped';
    }
    return 'done';
  } finally {
    trainer.dispose();
  }
}

/** Steps at which something is left behind, ascending. */
function stopsOf(
  { maxTrainSteps, checkpointEverySteps }: TrajectoryParameters,
  outputs: readonly JobOutput[],
): number[] {
  const stops = new Set(outputs.map(output => output.at));
  for (let step = checkpointEverySteps; step < maxTrainSteps; step += checkpointEverySteps) stops.add(step);
  stops.add(maxTrainSteps);
  return [...stops].sort((a, b) => a - b);
}

/** Goes to the furthest point that training can go on from; gives the losses up to there. */
async function restore(
  trainer: Trainer,
  parameters: TrajectoryParameters,
  outputs: readonly JobOutput[],
  context: JobContext,
): Promise<LossLine[]> {
  const { checkpointDir, from } = parameters;
  // A checkpoint behind a snapshot that is still wanted is of no use: its weights are gone.
  const firstWanted = Math.min(...outputs.map(output => output.at));
  const checkpoints = existsSync(checkpointDir) ? await listCheckpoints(checkpointDir) : [];
  for (const { dir, step } of checkpoints.reverse()) {
    if (step > firstWanted || step <= (from?.step ?? 0)) continue;
    try {
      await trainer.restoreCheckpoint(dir);
      return await readLosses(dir);
    } catch (error) {
      if (!(error instanceof SweetspotError)) throw error;
      context.warn(`${error.message}; training goes on from step ${from?.step ?? 0} instead`);
    }
  }
  if (!from) return [];
  const { stateDir, averageDirs } = from;
  await trainer.restoreCheckpoint(stateDir, { anyEnvironment: true, averageDirs });
  return readLosses(stateDir);
}

async function leaveOutputs(
  trainer: Trainer,
  outputs: readonly JobOutput[],
  losses: readonly LossLine[],
  context: JobContext,
): Promise<void> {
  for (const { key, dir, role, at, average = 0 } of outputs) {
    if (at !== trainer.step) continue;
    makeFolder(dir);
    await writeLosses(dir, losses);
    if (role === 'snapshot') await trainer.saveWeights(dir);
    else if (role === 'average') await trainer.saveAverage?.(dir, average);
    else await trainer.writeCheckpoint(dir);
    context.output(key);
  }
}
