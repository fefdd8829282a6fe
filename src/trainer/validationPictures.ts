import { join } from 'node:path';
import { writeFolderAtomic } from '../core/folders.ts';
import { TorchGenerator } from '../core/random/torchGenerator.ts';
import { writePng } from '../diffusion/images/index.ts';
import { type TextToImagePipeline, textToImage } from '../diffusion/textToImage.ts';
import type { ValidationOptions } from '../stages/trainOptions.ts';

/** Of the script; its guidance is the pipeline's default. */
const STEPS = 25;

/**
 * Pictures of the validation prompt with the weights as they are, into a folder of PNGs. As in the script one generator,
 * seeded by the training's seed, makes one after the other: the training's own stream is not touched.
 */
export async function makeValidationPictures(
  pipeline: TextToImagePipeline,
  { prompt, count, scheduler, seed, dir }: ValidationOptions & { seed: number; dir: string },
  hooks: { signal?: AbortSignal; onWarning?: (message: string) => void },
): Promise<void> {
  const generator = new TorchGenerator(seed);
  await writeFolderAtomic(dir, async stage => {
    for (let i = 0; i < count; i++) {
      const pictures = [{ prompt, seed }];
      const request = { pictures, generator, scheduler, numInferenceSteps: STEPS, ...hooks };
      const [image] = await textToImage(pipeline, request);
      if (image) await writePng(join(stage, `${String(i).padStart(4, '0')}.png`), image);
    }
  });
}
