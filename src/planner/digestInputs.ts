import { type DigestCache, digestFiles, modelDigest } from '../core/digest.ts';
import { sha256Hex } from '../core/hash.ts';
import type { Sweep } from '../sweep/types.ts';
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
  for (const { name, instanceImages, classDataDir, classImages, train } of sweep.subjects) {
    const own = classDataDir === null ? [] : await digestFiles(classImages, cache);
    const counts = new Set(sweep.train.numClassImages.map(count => Math.min(count, own.length)));
    for (const count of train.numClassImages ?? []) counts.add(Math.min(Number(count), own.length));
    for (const { numClassImages } of sweep.include) {
      if (typeof numClassImages === 'number') counts.add(Math.min(numClassImages, own.length));
    }
    subjects[name] = {
      instance: inOrder(await digestFiles(instanceImages, cache)),
      class: Object.fromEntries(own.length === 0 ? [] : [...counts].map(n => [n, inOrder(own.slice(0, n))])),
    };
  }
  return { model, subjects };
}

const inOrder = (digests: readonly string[]): string => sha256Hex(digests.join('\n'));
