import { SweetspotError } from '../core/errors.ts';
import type { Job } from '../stages/job.ts';
import { newsFilter } from './newsFilter.ts';
import { type Hello, type JobMessage, WorkerProcess, type WorkerSettings } from './workerProcess.ts';

export interface DirectSettings {
  worker: WorkerSettings;
  signal: AbortSignal;
  onWorker?(hello: Hello): void;
  onMessage(message: JobMessage): void | Promise<void>;
}

/**
 * Runs jobs one after the other in a worker of their own, outside any sweep: `sweetspot sample` and `sweetspot train`.
 * @returns whether they ran to their end or were stopped; fails with the first failing job's own error
 */
export async function runDirectly(
  jobs: readonly Job[],
  settings: DirectSettings,
): Promise<'done' | 'stopped'> {
  const worker = await WorkerProcess.start(settings.worker);
  const isNews = newsFilter();
  try {
    settings.onWorker?.(worker.hello);
    for (const job of jobs) {
      const end = await worker.run(
        job,
        message => (isNews(message) ? settings.onMessage(message) : undefined),
        settings.signal,
      );
      if (end.outcome === 'stopped') {
        if (settings.signal.aborted) return 'stopped';
        throw new SweetspotError('E_WORKER', 'the worker was stopped by somebody else');
      }
      if (end.outcome === 'done') continue;
      const error = SweetspotError.fromJSON(end.error);
      if (end.outcome === 'failed' && end.stack !== undefined) error.stack = end.stack;
      throw error;
    }
    return 'done';
  } finally {
    await worker.close();
  }
}
