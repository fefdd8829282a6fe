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
  signal: AbortSignal,
): Promise<void> {
  const items = itemsToTime(jobs, new Set(estimator.unknown()));
  const started = performance.now();
  // Ends the wait of slots that have nothing to wait for any more.
  const over = new AbortController();
  const lane = async (slot: Slot): Promise<void> => {
    if (!(await pool.ready(slot, AbortSignal.any([signal, over.signal])))) return;
    const worker = await slot.worker();
    while (!signal.aborted && performance.now() - started < BUDGET_MS) {
      const item = items.shift();
      if (!item) break;
      await worker.run(
        { id: 'calibrate', kind: 'calibrate', parameters: item, outputs: [] },
        message => {
          if (message.type === 'rate') estimator.setRate(message.rateKey, message.secondsPerUnit);
        },
        signal,
      );
    }
    over.abort();
  };
  const ends = await Promise.allSettled(pool.usable.slice(0, items.length).map(lane));
  const [first] = ends;
  if (first?.status === 'rejected' && ends.every(({ status }) => status === 'rejected')) throw first.reason;
}

/** A representative of every rate key in `unknown`; trainings, which take longest to time, come first. */
function itemsToTime(jobs: readonly PlannedJob[], unknown: ReadonlySet<string>): CalibrateParameters[] {
  const items = [...unknown].flatMap(rateKey => {
    const representative = jobs.find(job => job.rateKey === rateKey)?.representative;
    return representative ? [{ rateKey, ...representative }] : [];
  });
  const isTraining = ({ kind }: CalibrateParameters) => kind === 'dreambooth' || kind === 'textual-inversion';
  return [...items.filter(isTraining), ...items.filter(item => !isTraining(item))];
}
