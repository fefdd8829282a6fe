import type { CalibrateParameters } from '../stages/job.ts';
import type { Estimator } from './estimator.ts';
import type { PlannedJob } from './jobs/plannedJob.ts';
import type { Slot } from './slots/slot.ts';
import type { SlotPool } from './slots/slotPool.ts';

/** More than this is not spent on knowing how long the rest takes: what is left stays unknown. */
const BUDGET_MS = 45_000;

/**
 * Lets workers time what the estimator knows nothing of, side by side, as they will work. A job that cannot be measured will
 * say itself what is wrong.
 * @throws what keeps every worker from starting
 */
export async function measureUnknown(
  pool: SlotPool,
  jobs: readonly PlannedJob[],
  estimator: Estimator,
  fits: (job: PlannedJob, slot: Slot) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const left = jobsToTime(jobs, new Set(estimator.unknown()));
  const started = performance.now();
  // Ends the wait of slots that have nothing to wait for any more.
  const over = new AbortController();
  const lane = async (slot: Slot): Promise<void> => {
    if (!(await pool.ready(slot, AbortSignal.any([signal, over.signal])))) return;
    while (!signal.aborted && performance.now() - started < BUDGET_MS) {
      // For each anew: what is measured may have ended the one before.
      const worker = await slot.worker();
      const at = left.findIndex(job => fits(job, slot));
      const [job] = at < 0 ? [] : left.splice(at, 1);
      if (!job) break;
      const parameters = { rateKey: job.rateKey, ...job.representative } as CalibrateParameters;
      await worker.run(
        { id: 'calibrate', kind: 'calibrate', parameters, outputs: [] },
        message => {
          if (message.type === 'rate') estimator.setRate(message.rateKey, message.secondsPerUnit);
        },
        signal,
      );
    }
    if (left.length === 0) over.abort();
  };
  const ends = await Promise.allSettled(pool.usable.slice(0, left.length).map(lane));
  const [first] = ends;
  if (first?.status === 'rejected' && ends.every(({ status }) => status === 'rejected')) throw first.reason;
}

/** A job of every rate key in `unknown`; trainings, which take longest to time, come first. */
function jobsToTime(jobs: readonly PlannedJob[], unknown: ReadonlySet<string>): PlannedJob[] {
  const some = [...unknown].flatMap(rateKey => jobs.find(job => job.rateKey === rateKey) ?? []);
  const isTraining = ({ representative: { kind } }: PlannedJob) =>
    kind === 'dreambooth' || kind === 'textual-inversion';
  return [...some.filter(isTraining), ...some.filter(job => !isTraining(job))];
}
