import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readText, writeFileAtomic } from '../core/files.ts';
import { formatLosses, LOSSES_FILE, type LossLine, parseLosses } from '../stages/lossLog.ts';

/** Writes the losses from step 1 on beside a snapshot, a state or a checkpoint. */
export async function writeLosses(dir: string, losses: readonly LossLine[]): Promise<void> {
  await writeFileAtomic(join(dir, LOSSES_FILE), formatLosses(losses));
}

/** Reads them back; none where the folder has no such file. */
export async function readLosses(dir: string): Promise<LossLine[]> {
  const path = join(dir, LOSSES_FILE);
  return existsSync(path) ? parseLosses(await readText(path)) : [];
}
