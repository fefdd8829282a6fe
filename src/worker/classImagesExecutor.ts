import { join } from 'node:path';
import { SweetspotError } from '../core/errors.ts';
import { makeFolder } from '../core/makeFolder.ts';
import { writePng } from '../diffusion/images/index.ts';
import { textToImage } from '../diffusion/textToImage.ts';
import { classImageFile, classImageSeed } from '../stages/classImages.ts';
import type { ClassImagesParameters, JobOutput } from '../stages/job.ts';
import type { ExecutorEnd, JobContext } from './context.ts';

/**
 * Makes the prior images `start … start + count - 1`, each from a generator of its own, so that more of them later
 * begin with the same ones. What the folder holds already (a block that grows) stays.
 */
export async function makeClassImages(
  parameters: ClassImagesParameters,
  outputs: readonly JobOutput[],
  context: JobContext,
): Promise<ExecutorEnd> {
  const [output] = outputs;
  if (!output) throw new SweetspotError('E_INTERNAL', 'class images without a folder to go to');
  makeFolder(output.dir);
  const { start, count, batchSize, sampler, classPrompt, classSeed } = parameters;
  const pipeline = await context.models.get(parameters.modelDir);
  for (let done = 0; done < count; done += batchSize) {
    const indices = Array.from({ length: Math.min(batchSize, count - done) }, (_, i) => start + done + i);
    const images = await textToImage(pipeline, {
      ...sampler,
      pictures: indices.map(index => ({ prompt: classPrompt, seed: classImageSeed(classSeed, index) })),
      promptStates: context.models.promptStates,
      signal: context.signal,
      onWarning: message => context.warn(message),
      // Progress is counted in pictures; within a batch it moves with the steps.
      onStep: (step, steps) => context.progress(done + (indices.length * step) / steps, count, 'picture'),
    });
    for (const [i, index] of indices.entries()) {
      const image = images[i];
      if (image) await writePng(join(output.dir, classImageFile(index)), image);
    }
  }
  context.output(output.key);
  return 'done';
}
