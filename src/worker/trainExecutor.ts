import type { TrainCommandParameters } from '../stages/job.ts';
import type { TrainingEnd, TrainingHooks } from '../trainer/checkpointedRun.ts';
import { runInversion } from '../trainer/runInversion.ts';
import { runTraining } from '../trainer/runTraining.ts';
import type { ExecutorEnd, JobContext } from './context.ts';

/** `sweetspot train`: one training with the script's options, into its own output folder; no sweep, no stages. */
export const train = ({ values }: TrainCommandParameters, context: JobContext): Promise<ExecutorEnd> =>
  run(runTraining, values, context);

/** `sweetspot textual-inversion`, likewise. */
export const trainInversion = (
  { values }: TrainCommandParameters,
  context: JobContext,
): Promise<ExecutorEnd> => run(runInversion, values, context);

async function run(
  training: (values: Record<string, unknown>, hooks: TrainingHooks) => Promise<TrainingEnd>,
  values: TrainCommandParameters['values'],
  context: JobContext,
): Promise<ExecutorEnd> {
  const { end } = await training(values, {
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
