import type { PretrainParameters } from '../stages/job.ts';
import { pretrainClip } from '../trainer/pretrain/pretrainClip.ts';
import type { ExecutorEnd, JobContext } from './context.ts';

/** `sweetspot pretrain`: one stage of making the pocket model, into folders of its own. */
export function pretrain(parameters: PretrainParameters, context: JobContext): Promise<ExecutorEnd> {
  return pretrainClip(parameters, {
    signal: context.signal,
    onStep: ({ step, loss, lr }) => {
      context.metric(step, loss, lr);
      context.progress(step, parameters.steps, 'step');
    },
    onInfo: message => context.inform(message),
  });
}
