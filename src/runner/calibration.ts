import type { Job } from '../stages/job.ts';
import type { PlannedJob } from './jobs/plannedJob.ts';

/** A job that times one representative of every rate key in `unknown`. */
export function calibrationJob(jobs: readonly PlannedJob[], unknown: ReadonlySet<string>): Job {
  const items = [...unknown].flatMap(rateKey => {
    const representative = jobs.find(job => job.rateKey === rateKey)?.representative;
    return representative ? [{ rateKey, ...representative }] : [];
  });
  return { id: 'calibrate', kind: 'calibrate', parameters: { items }, outputs: [] };
}
