import { SweetspotError } from '../core/errors.ts';
import type { Job } from '../stages/job.ts';
import { type Hello, type JobMessage, WorkerProcess, type WorkerSettings } from './workerProcess.ts';

export interface SingleJobSettings {
  worker: WorkerSettings;
  signal: AbortSignal;
  onWorker?(hello: Hello): void;
  onMessage(message: JobMessage): void | Promise<void>;
}

/**
 * Runs one job in a worker of its own, outside any sweep: `sweetspot sample` and `sweetspot train`. The second abort
 * of the caller (a second Ctrl-C) simply ends the process: the worker goes with it.
 * @returns whether the job ran to its end or was stopped; fails with the job's own error
 */
export async function runSingleJob(job: Job, settings: SingleJobSettings): Promise<'done' | 'stopped'> {
  const worker = await WorkerProcess.start(settings.worker);
  const stop = (): void => worker.requestStop();
  settings.signal.addEventListener('abort', stop);
  try {
    settings.onWorker?.(worker.hello);
    const running = worker.run(job, settings.onMessage);
    if (settings.signal.aborted) stop();
    const end = await running;
    if (end.outcome === 'done' || end.outcome === 'stopped') return end.outcome;
    const error = SweetspotError.fromJSON(end.error);
    if (end.outcome === 'failed' && end.stack !== undefined) error.stack = end.stack;
    throw error;
  } finally {
    settings.signal.removeEventListener('abort', stop);
    await worker.close();
  }
}
