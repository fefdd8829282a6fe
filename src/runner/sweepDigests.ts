import { homedir } from 'node:os';
import { join } from 'node:path';
import { DigestCacheFile } from '../core/digest.ts';
import { digestInputs } from '../planner/digestInputs.ts';
import type { InputDigests } from '../planner/types.ts';
import type { Sweep } from '../sweep/types.ts';

/**
 * Digests of what a sweep reads, with a cache in the user's cache folder (XDG_CACHE_HOME, else ~/.cache), so that a model
 * of gigabytes is hashed once and not at every `plan`. A cache that cannot be written is done without.
 */
export async function sweepDigests(sweep: Sweep): Promise<InputDigests> {
  const folder = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const cache = await DigestCacheFile.open(join(folder, 'sweetspot', 'digests.json'));
  const digests = await digestInputs(sweep, cache);
  await cache.save().catch(() => undefined);
  return digests;
}
