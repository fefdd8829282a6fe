import type { DreamboothParameters } from '../stages/job.ts';
import type { JobContext } from './context.ts';
import { createTrainer } from './dreamboothExecutor.ts';

/** The first update pays for start-up; the next ones are timed. */
const TIMED_STEPS = 2;

/** Seconds of an optimizer update; undefined when a stop came. */
export async function timeTraining(
  parameters: DreamboothParameters,
  context: JobContext,
): Promise<number | undefined> {
  const trainer = await createTrainer({ ...parameters, maxTrainSteps: TIMED_STEPS + 1 }, context);
  try {
    await trainer.run(1, { signal: context.signal });
    const started = performance.now();
    await trainer.run(TIMED_STEPS + 1, { signal: context.signal });
    if (context.signal.aborted) return undefined;
    return (performance.now() - started) / 1000 / TIMED_STEPS;
  } finally {
    trainer.dispose();
  }
}
