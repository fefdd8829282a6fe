import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode, writeError, writeFileAtomic } from '../core/files.ts';
import { makeFolder } from '../core/makeFolder.ts';
import type { TorchGenerator } from '../core/random/torchGenerator.ts';
import { encodeJpeg, listImages } from '../diffusion/images/index.ts';
import type { StableDiffusionPipeline } from '../diffusion/pipeline/index.ts';
import { textToImage } from '../diffusion/textToImage.ts';
import { isLeftBehind } from '../stages/imageSignature.ts';

export interface ClassImagesRequest {
  pipeline: StableDiffusionPipeline;
  dir: string;
  classPrompt: string;
  /** As many there are at the end, at least. */
  count: number;
  batchSize: number;
  /** The training's one random stream. */
  generator: TorchGenerator;
  onPicture?: (done: number, total: number) => void;
  onWarning?: (message: string) => void;
  /** Looked at between sampling steps; its reason is thrown. */
  signal?: AbortSignal;
}

/** The pictures of a folder by the bytes of their names; none where it is not there or holds only what file managers leave. */
export async function listClassImages(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw writeError(error, dir);
  });
  return names.every(isLeftBehind) ? [] : (await listImages(dir)).paths;
}

/**
 * Fills the folder up with pictures of the class, as the script does before training: with the model's own scheduler, 50
 * steps, guidance 7.5 and the model's own size (not the training's resolution), drawn from the training's stream, a
 * batch's latents at once. Files are `<index>-<SHA-1 of the RGB bytes>.jpg`; what is there already is kept and counted.
 *
 * @throws E_WRITE, E_IMAGE for something in the folder that is no picture, and what {@link textToImage} throws
 */
export async function makeMissingClassImages(request: ClassImagesRequest): Promise<void> {
  const { pipeline, dir, classPrompt, count, batchSize, generator } = request;
  const existing = (await listClassImages(dir)).length;
  const missing = count - existing;
  if (missing <= 0) return;
  makeFolder(dir);
  generator.randomInt64(); // the base seed of the loader of prompts
  for (let done = 0; done < missing; ) {
    const prompt = { prompt: classPrompt, seed: 0 };
    const pictures = Array.from({ length: Math.min(batchSize, missing - done) }, () => prompt);
    const images = await textToImage(pipeline, {
      pictures,
      generator,
      ...(request.signal && { signal: request.signal }),
      ...(request.onWarning && done === 0 && { onWarning: request.onWarning }),
    });
    for (const image of images) {
      const sha1 = createHash('sha1').update(image.data).digest('hex');
      await writeFileAtomic(join(dir, `${existing + done}-${sha1}.jpg`), await encodeJpeg(image));
      done += 1;
      request.onPicture?.(done, missing);
    }
  }
}
