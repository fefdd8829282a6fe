import type { Job } from '../stages/job.ts';
import { calibrate } from './calibrateExecutor.ts';
import { checkBackend } from './checkBackendExecutor.ts';
import { makeClassImages } from './classImagesExecutor.ts';
import type { ExecutorEnd, JobContext } from './context.ts';
import { dreambooth } from './dreamboothExecutor.ts';
import { textualInversion } from './inversionExecutor.ts';
import { pretrain } from './pretrainExecutor.ts';
import { sample } from './sampleExecutor.ts';
import { score } from './scoreExecutor.ts';
import { train, trainInversion } from './trainExecutor.ts';

/** Runs a job with the executor of its kind. */
export async function runJob(job: Job, context: JobContext): Promise<ExecutorEnd> {
  try {
    return await execute(job, context);
  } catch (error) {
    // Sampling stops by throwing the signal's reason.
    if (context.signal.aborted && error === context.signal.reason) return 'stopped';
    throw error;
  }
}

function execute(job: Job, context: JobContext): Promise<ExecutorEnd> {
  switch (job.kind) {
    case 'class-images':
      return makeClassImages(job.parameters, job.outputs, context);
    case 'textual-inversion':
      return textualInversion(job.parameters, job.outputs, context);
    case 'dreambooth':
      return dreambooth(job.parameters, job.outputs, context);
    case 'sample':
      return sample(job.parameters, job.outputs, context);
    case 'score':
      return score(job.parameters, job.outputs, context);
    case 'train':
      return train(job.parameters, context);
    case 'train-inversion':
      return trainInversion(job.parameters, context);
    case 'pretrain':
      return pretrain(job.parameters, context);
    case 'calibrate':
      return calibrate(job.parameters, context);
    case 'check-backend':
      return checkBackend(context);
  }
}
