import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { JobOutput, TrajectoryParameters } from '../../src/stages/job.ts';
import type { Trainer } from '../../src/trainer/trainer.ts';
import type { JobContext } from '../../src/worker/context.ts';
import { trainTrajectory } from '../../src/worker/trajectoryExecutor.ts';
import { tempDir } from '../support/tmp.ts';

/** A trainer that only counts. */
class CountingTrainer implements Trainer {
  step = 0;
  disposed = false;
  readonly #onSave: () => void;

  constructor(onSave: () => void) {
    this.#onSave = onSave;
  }

  async run(until: number, { signal }: { signal?: AbortSignal } = {}): Promise<'done' | 'stopped'> {
    for (; this.step < until; this.step++) if (signal?.aborted) return 'stopped';
    return 'done';
  }

  async saveWeights(dir: string): Promise<void> {
    await writeFile(join(dir, 'weights'), `${this.step}`);
    this.#onSave();
  }

  async writeCheckpoint(dir: string): Promise<void> {
    await writeFile(join(dir, 'checkpoint'), `${this.step}`);
  }

  async restoreCheckpoint(): Promise<void> {}

  dispose(): void {
    this.disposed = true;
  }
}

it('announces a snapshot once when the stop comes while it is written', async () => {
  const folder = tempDir();
  const stop = new AbortController();
  const trainer = new CountingTrainer(() => stop.abort());
  const announced: string[] = [];
  const context = {
    signal: stop.signal,
    output: (key: string) => announced.push(key),
  } as unknown as JobContext;
  const outputs: JobOutput[] = [2, 4].map(at => ({
    key: `snapshot-${at}`,
    dir: join(folder, `snapshot-${at}.partial`),
    role: 'snapshot',
    at,
  }));
  const parameters: TrajectoryParameters = {
    modelDir: folder,
    gradientCheckpointing: false,
    from: null,
    averages: [],
    maxTrainSteps: 4,
    checkpointEverySteps: 100,
    checkpointDir: join(folder, 'checkpoints'),
  };
  expect(await trainTrajectory(trainer, parameters, outputs, context)).toBe('stopped');
  expect(announced).toEqual(['snapshot-2']);
  expect(existsSync(join(parameters.checkpointDir, 'checkpoint-2', 'checkpoint'))).toBe(true);
  expect(trainer.disposed).toBe(true);
});
