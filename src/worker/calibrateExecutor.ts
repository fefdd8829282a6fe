import type { CalibrateParameters } from '../stages/job.ts';
import type { ExecutorEnd, JobContext } from './context.ts';
import { timeSampling } from './timeSampling.ts';
import { timeScoring } from './timeScoring.ts';
import { timeTraining } from './timeTraining.ts';

/** More than this is not spent on knowing how long the rest takes: what is left stays unknown. */
const BUDGET_MS = 45_000;

/** Measures the cost of a unit of each item and throws the results away. */
export async function calibrate({ items }: CalibrateParameters, context: JobContext): Promise<ExecutorEnd> {
  const started = performance.now();
  for (const item of items) {
    if (context.signal.aborted) return 'stopped';
    if (performance.now() - started > BUDGET_MS) break;
    const secondsPerUnit =
      item.kind === 'sample'
        ? await timeSampling(item.parameters, context)
        : item.kind === 'score'
          ? await timeScoring(item.parameters)
          : await timeTraining(item, context);
    if (secondsPerUnit !== undefined) context.rate(item.rateKey, secondsPerUnit);
  }
  return 'done';
}
