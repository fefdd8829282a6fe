import { existsSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { readText } from '../core/files.ts';

/** Whether a file of a folder is a caption, by its name. */
export const isCaption = (name: string, extension: string): boolean => extname(name) === `.${extension}`;

/** `cat.txt` beside `cat.png`. */
export const captionPath = (image: string, extension: string): string =>
  join(dirname(image), `${basename(image, extname(image))}.${extension}`);

/**
 * Each picture's prompt: the text of the caption file beside it, white space collapsed; the instance prompt where there
 * is none. Null where that comes to the instance prompt for all of them, so that it is the same training.
 *
 * @throws E_MISSING for a caption that cannot be read
 */
export async function readCaptions(
  images: readonly string[],
  extension: string,
  instancePrompt: string,
): Promise<string[] | null> {
  const captions: string[] = [];
  for (const image of images) {
    const path = captionPath(image, extension);
    captions.push(existsSync(path) ? (await readText(path)).trim().split(/\s+/).join(' ') : instancePrompt);
  }
  return captions.every(caption => caption === instancePrompt) ? null : captions;
}
