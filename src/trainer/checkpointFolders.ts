import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SweetspotError } from '../core/errors.ts';
import { readError } from '../core/files.ts';
import { writeFolderAtomic } from '../core/folders.ts';
import { makeFolder } from '../core/makeFolder.ts';

export interface CheckpointFolder {
  dir: string;
  step: number;
}

export const checkpointDir = (outputDir: string, step: number): string =>
  join(outputDir, `checkpoint-${step}`);

/** The checkpoints in an output folder, oldest step first. */
export async function listCheckpoints(outputDir: string): Promise<CheckpointFolder[]> {
  const names = await readdir(outputDir).catch(error => {
    throw readError(error, outputDir);
  });
  return names
    .flatMap(name => {
      const step = /^checkpoint-(\d+)$/.exec(name)?.[1];
      return step === undefined ? [] : [{ dir: join(outputDir, name), step: Number(step) }];
    })
    .sort((a, b) => a.step - b.step);
}

/**
 * What `resume_from_checkpoint` means: `latest` is the highest step, or null where there is none; anything else a
 * folder's name, of which the last part is looked up in the output folder.
 *
 * @throws E_CHECKPOINT when there is none of that name
 */
export async function findCheckpoint(outputDir: string, wanted: string): Promise<CheckpointFolder | null> {
  const found = await listCheckpoints(outputDir);
  if (wanted === 'latest') return found.at(-1) ?? null;
  const named = found.find(({ dir }) => basename(dir) === basename(wanted));
  if (named) return named;
  throw new SweetspotError('E_CHECKPOINT', 'no such checkpoint', {
    place: '--resume_from_checkpoint',
    allowed: ['latest', ...found.map(({ dir }) => basename(dir))].join(', '),
    got: wanted,
  });
}

/** What a process that was killed while it wrote a checkpoint has left behind. */
export async function removeUnfinished(outputDir: string): Promise<void> {
  const names = await readdir(outputDir).catch(() => []);
  for (const name of names.filter(entry => /^\.checkpoint-\d+\.[0-9a-f]+\.partial$/.test(entry))) {
    await rm(join(outputDir, name), { recursive: true, force: true });
  }
}

/**
 * Removes the oldest checkpoints until there are no more than `limit`, but not that of `saved`: an earlier training may have
 * left ones of later steps in the folder.
 */
export async function keepNewest(outputDir: string, limit: number, saved: number): Promise<void> {
  const others = (await listCheckpoints(outputDir)).filter(({ step }) => step !== saved);
  for (const { dir } of others.slice(0, Math.max(0, others.length + 1 - limit))) {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Writes the checkpoint of a step and, when it is there, removes all others. */
export async function replaceCheckpoint(
  outputDir: string,
  step: number,
  write: (dir: string) => Promise<void>,
): Promise<void> {
  makeFolder(outputDir);
  const earlier = (await listCheckpoints(outputDir)).filter(other => other.step !== step);
  await writeFolderAtomic(checkpointDir(outputDir, step), write);
  for (const { dir } of earlier) await rm(dir, { recursive: true, force: true });
}
