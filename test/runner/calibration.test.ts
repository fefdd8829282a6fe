import { describe, expect, it } from 'vitest';
import { measureUnknown } from '../../src/runner/calibration.ts';
import { Estimator } from '../../src/runner/estimator.ts';
import type { PlannedJob } from '../../src/runner/jobs/plannedJob.ts';
import type { Slot } from '../../src/runner/slots/slot.ts';
import type { SlotPool } from '../../src/runner/slots/slotPool.ts';
import type { JobMessage } from '../../src/runner/workerProcess.ts';

const job = (id: string, kind: string, rateKey: string): PlannedJob =>
  ({ id, kind, rateKey, units: 10, representative: { kind, parameters: {} } }) as PlannedJob;

const JOBS = [
  job('a', 'sample', 'pictures'),
  job('b', 'score', 'scores'),
  job('c', 'dreambooth', 'plain'),
  job('d', 'dreambooth', 'plain'),
  job('e', 'dreambooth', 'prior'),
];

interface Doing {
  slot: string;
  key: string;
  end(): void;
}

/** Slots whose work lasts until it is ended; those in `broken` cannot start, and `deadly` work ends its worker. */
function fakePool(
  names: readonly string[],
  broken: readonly string[] = [],
  busy: readonly string[] = [],
  deadly?: string,
) {
  const doing: Doing[] = [];
  const order: string[] = [];
  const usable = names.map(name => ({
    plan: { name },
    worker: async () => {
      if (broken.includes(name)) throw new Error(`${name} is broken`);
      let dead = false;
      return {
        run: ({ parameters }: { parameters: { rateKey: string } }, say: (message: JobMessage) => void) => {
          const key = parameters.rateKey;
          dead ||= key === deadly;
          if (dead) return { outcome: 'lost' };
          order.push(key);
          return new Promise<void>(resolve => {
            const end = () => {
              say({ type: 'rate', job: 'calibrate', rateKey: key, secondsPerUnit: 2 });
              resolve();
            };
            doing.push({ slot: name, key, end });
          });
        },
      };
    },
  }));
  /** A busy slot waits for its GPU until nobody waits for it. */
  const ready = async ({ plan }: Slot, signal: AbortSignal) => {
    if (busy.includes(plan.name))
      await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
    return !signal.aborted;
  };
  return { pool: { usable, ready } as unknown as SlotPool, doing, order };
}

const anywhere = () => true;

const turn = () => new Promise(resolve => setTimeout(resolve, 5));

async function endAll(doing: Doing[]): Promise<void> {
  for (let i = 0; i < 10; i++) {
    await turn();
    for (const { end } of doing.splice(0)) end();
  }
}

describe('measuring what nothing is known of', () => {
  it('times one of each kind, trainings first, on all slots side by side', async () => {
    const { pool, doing, order } = fakePool(['cpu 0', 'cpu 1']);
    const estimator = new Estimator(JOBS, {});
    const measured = measureUnknown(pool, JOBS, estimator, anywhere, new AbortController().signal);
    await turn();
    expect(doing.map(({ slot, key }) => [slot, key])).toEqual([
      ['cpu 0', 'plain'],
      ['cpu 1', 'prior'],
    ]);
    await endAll(doing);
    await measured;
    expect(order).toEqual(['plain', 'prior', 'pictures', 'scores']);
    expect(estimator.unknown()).toEqual([]);
  });

  it('starts no more workers than there are kinds', async () => {
    const { pool, doing } = fakePool(['cpu 0', 'cpu 1', 'cpu 2']);
    const known = new Estimator(JOBS, { plain: 1, pictures: 1, scores: 1 });
    const measured = measureUnknown(pool, JOBS, known, anywhere, new AbortController().signal);
    await turn();
    expect(doing.map(({ slot }) => slot)).toEqual(['cpu 0']);
    await endAll(doing);
    await measured;
  });

  it('goes without a slot that cannot start, or whose GPU is taken; without any it says why', async () => {
    const one = fakePool(['gpu 0', 'gpu 1', 'gpu 2'], ['gpu 0'], ['gpu 2']);
    const estimator = new Estimator(JOBS, {});
    const measured = measureUnknown(one.pool, JOBS, estimator, anywhere, new AbortController().signal);
    await endAll(one.doing);
    await measured;
    expect(estimator.unknown()).toEqual([]);

    const none = fakePool(['cpu 0', 'cpu 1'], ['cpu 0', 'cpu 1']);
    const failing = measureUnknown(
      none.pool,
      JOBS,
      new Estimator(JOBS, {}),
      anywhere,
      new AbortController().signal,
    );
    await expect(failing).rejects.toThrow('cpu 0 is broken');
  });

  it('loses nothing but the work that ends its worker', async () => {
    const { pool, doing, order } = fakePool(['cpu 0'], [], [], 'prior');
    const estimator = new Estimator(JOBS, {});
    const measured = measureUnknown(pool, JOBS, estimator, anywhere, new AbortController().signal);
    await endAll(doing);
    await measured;
    expect(order).toEqual(['plain', 'pictures', 'scores']);
    expect(estimator.unknown()).toEqual(['prior']);
  });

  it('leaves work to the slots that have the memory for it', async () => {
    const { pool, doing } = fakePool(['small', 'large']);
    const fits = ({ rateKey }: PlannedJob, { plan }: Slot) => plan.name === 'large' || rateKey === 'scores';
    const measured = measureUnknown(pool, JOBS, new Estimator(JOBS, {}), fits, new AbortController().signal);
    const places: string[] = [];
    for (let i = 0; i < 6; i++) {
      await turn();
      for (const { slot, key, end } of doing.splice(0)) {
        places.push(`${key} on ${slot}`);
        end();
      }
    }
    await measured;
    expect(places.sort()).toEqual([
      'pictures on large',
      'plain on large',
      'prior on large',
      'scores on small',
    ]);
  });

  it('begins nothing more once it is stopped', async () => {
    const { pool, doing, order } = fakePool(['cpu 0']);
    const stop = new AbortController();
    const measured = measureUnknown(pool, JOBS, new Estimator(JOBS, {}), anywhere, stop.signal);
    await turn();
    stop.abort();
    await endAll(doing);
    await measured;
    expect(order).toEqual(['plain']);
  });
});
