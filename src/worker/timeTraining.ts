import type { CalibrateParameters } from '../stages/job.ts';
import type { Trainer } from '../trainer/trainer.ts';
import type { JobContext } from './context.ts';
import { createTrainer } from './dreamboothExecutor.ts';
import { createInversion } from './inversionExecutor.ts';

/**
 * The first update pays for start-up; the next ones are timed, and the quickest counts: an epoch's last batch may be of
 * another size, for which a graph is made.
 */
const TIMED_STEPS = 3;

type Item = Exclude<CalibrateParameters, { kind: 'sample' | 'score' }>;

/** Seconds of an optimizer update; undefined when a stop came. */
export async function timeTraining(item: Item, context: JobContext): Promise<number | undefined> {
  const maxTrainSteps = TIMED_STEPS + 1;
  const trainer: Trainer =
    item.kind === 'dreambooth'
      ? await createTrainer({ ...item.parameters, maxTrainSteps }, context)
      : await createInversion({ ...item.parameters, maxTrainSteps }, context);
  try {
    await trainer.run(1, { signal: context.signal });
    const times: number[] = [];
    for (let step = 2; step <= maxTrainSteps; step++) {
      const started = performance.now();
      await trainer.run(step, { signal: context.signal });
      if (context.signal.aborted) return undefined;
      times.push(performance.now() - started);
    }
    return Math.min(...times) / 1000;
  } finally {
    trainer.dispose();
  }
}
