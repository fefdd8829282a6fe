import type { CalibrateParameters } from '../stages/job.ts';
import type { ExecutorEnd, JobContext } from './context.ts';
import { timeSampling } from './timeSampling.ts';
import { timeScoring } from './timeScoring.ts';
import { timeTraining } from './timeTraining.ts';

/** Measures the cost of a unit and throws the results away. */
export async function calibrate(item: CalibrateParameters, context: JobContext): Promise<ExecutorEnd> {
  const secondsPerUnit =
    item.kind === 'sample'
      ? await timeSampling(item.parameters, context)
      : item.kind === 'score'
        ? await timeScoring(item.parameters)
        : await timeTraining(item, context);
  if (secondsPerUnit !== undefined) context.rate(item.rateKey, secondsPerUnit);
  return context.signal.aborted ? 'stopped' : 'done';
}
