/** Folders that appear whole or not at all. */
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SweetspotError } from './errors.ts';
import { failPoint } from './failPoint.ts';
import { syncFolder, temporaryBeside, writeError } from './files.ts';
import { makeFolder } from './makeFolder.ts';

/**
 * Makes or replaces a folder: `fill` writes into a temporary one beside it, which then takes the name. When anything
 * fails, what was there before is there still, and nothing else. Missing parents are made.
 *
 * @throws E_WRITE, or whatever `fill` throws
 */
export async function writeFolderAtomic(dir: string, fill: (stage: string) => Promise<void>): Promise<void> {
  const stage = temporaryBeside(dir);
  try {
    makeFolder(stage, dir);
    await fill(stage);
    await syncFolder(stage);
    failPoint('folder.rename');
    await takePlace(stage, dir);
    failPoint('folder.renamed');
  } catch (error) {
    await removeFolder(stage);
    throw placed(writeError(error, dir), stage, dir);
  }
  await syncFolder(dirname(dir));
}

/**
 * Replaces some entries of a folder that may hold others: `fill` writes them into a temporary folder inside, and
 * returns their names in the order in which they take their places. When one cannot, those before it are put back.
 * A folder that does not exist yet appears at once with all of them.
 */
export async function writeEntriesAtomic(
  dir: string,
  fill: (stage: string) => Promise<string[]>,
): Promise<void> {
  if (!(await exists(dir))) {
    return writeFolderAtomic(dir, async stage => {
      await fill(stage);
    });
  }
  const stage = temporaryBeside(join(dir, 'entries'));
  try {
    await mkdir(stage);
    const names = await fill(stage);
    await takePlaces(stage, dir, names);
  } catch (error) {
    throw placed(writeError(error, dir), stage, dir);
  } finally {
    await removeFolder(stage);
  }
  await syncFolder(dir);
}

async function takePlaces(stage: string, dir: string, names: readonly string[]): Promise<void> {
  const undo: [from: string, to: string][] = [];
  const move = async (from: string, to: string): Promise<void> => {
    await rename(from, to);
    undo.push([to, from]);
  };
  try {
    for (const name of names) {
      const target = join(dir, name);
      if (await exists(target)) await move(target, join(stage, `.old-${name}`));
      await move(join(stage, name), target);
    }
  } catch (error) {
    for (const [from, to] of undo.reverse()) await rename(from, to);
    throw error;
  }
}

async function takePlace(stage: string, dir: string): Promise<void> {
  if (!(await exists(dir))) return rename(stage, dir);
  const old = temporaryBeside(dir);
  await rename(dir, old);
  try {
    await rename(stage, dir);
  } catch (error) {
    await rename(old, dir);
    throw error;
  }
  await removeFolder(old);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** The result stands, or the first error is what matters: a leftover that cannot be removed changes neither. */
async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
}

/** The error with the folder's own name in place of the temporary one, which is gone and tells nobody anything. */
function placed(error: unknown, stage: string, dir: string): unknown {
  if (!(error instanceof SweetspotError) || !error.place?.includes(stage)) return error;
  const json = { ...error.toJSON(), place: error.place.replaceAll(stage, dir) };
  const { code, what, ...details } = json;
  return new SweetspotError(code, what, { ...details, cause: error });
}
