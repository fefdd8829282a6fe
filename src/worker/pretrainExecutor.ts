import type { PretrainParameters, PretrainStage } from '../stages/job.ts';
import { pretrainClip } from '../trainer/pretrain/pretrainClip.ts';
import { pretrainUnet } from '../trainer/pretrain/pretrainUnet.ts';
import { pretrainVae } from '../trainer/pretrain/pretrainVae.ts';
import type { PretrainHooks } from '../trainer/pretrain/runPretraining.ts';
import type { ExecutorEnd, JobContext } from './context.ts';

type Run = (parameters: PretrainParameters, hooks: PretrainHooks) => Promise<ExecutorEnd>;

const STAGES: Readonly<Record<PretrainStage, Run>> = {
  clip: pretrainClip,
  vae: pretrainVae,
  decoder: pretrainVae,
  unet: pretrainUnet,
};

/** `sweetspot pretrain`: one stage of making the pocket model, into folders of its own. */
export function pretrain(parameters: PretrainParameters, context: JobContext): Promise<ExecutorEnd> {
  return STAGES[parameters.stage](parameters, {
    signal: context.signal,
    onStep: ({ step, loss, lr }) => {
      context.metric(step, loss, lr);
      context.progress(step, parameters.steps, 'step');
    },
    onInfo: message => context.inform(message),
  });
}
