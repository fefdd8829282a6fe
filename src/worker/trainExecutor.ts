import type { TrainCommandParameters } from '../stages/job.ts';
import { runTraining } from '../trainer/runTraining.ts';
import type { ExecutorEnd, JobContext } from './context.ts';

/** `sweetspot train`: one training with the script's options, into its own output folder; no sweep, no stages. */
export async function train({ values }: TrainCommandParameters, context: JobContext): Promise<ExecutorEnd> {
  const { end } = await runTraining(values, {
    environment: context.environment,
    signal: context.signal,
    onStep: ({ step, loss, lr }, maxTrainSteps) => {
      context.metric(step, loss, lr);
      context.progress(step, maxTrainSteps, 'step');
    },
    onClassImage: (done, total) => context.progress(done, total, 'picture'),
    onInfo: message => context.inform(message),
    onWarning: message => context.warn(message),
  });
  return end;
}
