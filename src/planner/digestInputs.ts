import { type DigestCache, digestFiles, modelDigest, scorerDigest } from '../core/digest.ts';
import { sha256Hex } from '../core/hash.ts';
import { readCaptions } from '../stages/captions.ts';
import { captionExtensions } from '../sweep/captionExtensions.ts';
import type { Subject, Sweep } from '../sweep/types.ts';
import type { InputDigests } from './types.ts';

/**
 * Reads the files that a sweep's identity depends on: the model's, and each subject's pictures. Names of pictures are
 * not digested, their order is: training draws them by position.
 *
 * @param cache spares reading gigabytes again
 * @throws E_MISSING when a file has gone since the sweep file was read
 */
export async function digestInputs(sweep: Sweep, cache?: DigestCache): Promise<InputDigests> {
  const model = await modelDigest(sweep.model.dir, cache);
  const subjects: InputDigests['subjects'] = {};
  for (const subject of sweep.subjects) {
    const { name, instanceImages, heldOutImages, classDataDir, classImages, train } = subject;
    const own = classDataDir === null ? [] : await digestFiles(classImages, cache);
    const counts = new Set(sweep.train.numClassImages.map(count => Math.min(count, own.length)));
    for (const count of train.numClassImages ?? []) counts.add(Math.min(Number(count), own.length));
    for (const { numClassImages } of sweep.include) {
      if (typeof numClassImages === 'number') counts.add(Math.min(numClassImages, own.length));
    }
    subjects[name] = {
      instance: inOrder(await digestFiles(instanceImages, cache)),
      ...(heldOutImages.length > 0 && { heldOut: inOrder(await digestFiles(heldOutImages, cache)) }),
      class: Object.fromEntries(own.length === 0 ? [] : [...counts].map(n => [n, inOrder(own.slice(0, n))])),
      ...(await captionsOf(subject, sweep)),
    };
  }
  const scorers: InputDigests['scorers'] = {};
  for (const [kind, dir] of [
    ['clip', sweep.score?.clipDir],
    ['dino', sweep.score?.dinoDir],
  ] as const) {
    if (dir) scorers[kind] = await scorerDigest(dir, cache);
  }
  return { model, subjects, scorers };
}

/** The captions of every `caption_extension` that a trial of this subject may have. */
async function captionsOf(
  { instanceImages, instancePrompt, train }: Subject,
  sweep: Sweep,
): Promise<{ captions?: Record<string, string[] | null> }> {
  const extensions = captionExtensions(sweep.train.captionExtension, train, sweep.include);
  const captions: Record<string, string[] | null> = {};
  for (const extension of extensions) {
    captions[extension] = await readCaptions(instanceImages, extension, instancePrompt);
  }
  return extensions.length > 0 ? { captions } : {};
}

const inOrder = (digests: readonly string[]): string => sha256Hex(digests.join('\n'));
