import { join } from 'node:path';
import { SweetspotError } from '../core/errors.ts';
import { makeFolder } from '../core/makeFolder.ts';
import { writePng } from '../diffusion/images/index.ts';
import { textToImage } from '../diffusion/textToImage.ts';
import type { JobOutput, SampleParameters } from '../stages/job.ts';
import { PICTURE_FILE } from '../stages/sample.ts';
import type { ExecutorEnd, JobContext } from './context.ts';

/**
 * Makes one batch of pictures from one snapshot (or the untrained base). The whole batch is computed, also where only
 * some of its pictures are asked for as outputs: the bytes may depend on how a batch was cut.
 */
export async function sample(
  parameters: SampleParameters,
  outputs: readonly JobOutput[],
  context: JobContext,
): Promise<ExecutorEnd> {
  const { modelDir, snapshotDir, embeddingsFile = null } = parameters;
  const pipeline = await context.models.get(modelDir, snapshotDir, embeddingsFile);
  const { sampler } = parameters;
  const images = await textToImage(pipeline, {
    ...sampler,
    pictures: parameters.pictures,
    promptStates: context.models.promptStates,
    signal: context.signal,
    onStep: (done, total) => context.progress(done, total, 'step'),
    onWarning: message => context.warn(message),
  });
  for (const { key, dir, at } of outputs) {
    const image = images[at];
    if (!image) throw new SweetspotError('E_INTERNAL', 'a picture outside its batch', { got: `${at}` });
    makeFolder(dir);
    await writePng(join(dir, PICTURE_FILE), image);
    context.output(key);
  }
  return 'done';
}
