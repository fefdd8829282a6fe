import type { Job } from '../stages/job.ts';
import type { Estimator } from './estimator.ts';
import type { PlannedJob } from './jobs/plannedJob.ts';
import type { WorkerProcess } from './workerProcess.ts';

/** Lets a worker time what the estimator knows nothing of. A job that cannot be measured will say itself what is wrong. */
export async function measureUnknown(
  worker: WorkerProcess,
  jobs: readonly PlannedJob[],
  estimator: Estimator,
  signal: AbortSignal,
): Promise<void> {
  await worker.run(
    calibrationJob(jobs, new Set(estimator.unknown())),
    message => {
      if (message.type === 'rate') estimator.setRate(message.rateKey, message.secondsPerUnit);
    },
    signal,
  );
}

/** A job that times one representative of every rate key in `unknown`. */
function calibrationJob(jobs: readonly PlannedJob[], unknown: ReadonlySet<string>): Job {
  const items = [...unknown].flatMap(rateKey => {
    const representative = jobs.find(job => job.rateKey === rateKey)?.representative;
    return representative ? [{ rateKey, ...representative }] : [];
  });
  return { id: 'calibrate', kind: 'calibrate', parameters: { items }, outputs: [] };
}
