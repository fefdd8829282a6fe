/** Files written whole or not at all. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SweetspotError } from './errors.ts';
import { failPoint } from './failPoint.ts';
import { makeFolder } from './makeFolder.ts';
import { readError, systemCode, writeError } from './systemErrors.ts';

export { readError, systemCode, unwritable, writeError } from './systemErrors.ts';

/**
 * Replaces a file in one step: a reader, or a crash at any moment, sees the old content or the new one. Missing parent
 * folders are made. The data is on the disk (fsync) when the promise resolves.
 *
 * @throws E_WRITE when the disk is full, read-only, or the place is not ours; nothing is left behind then
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  await writeAtomically(path, file => file.writeFile(data));
}

/** Like {@link writeFileAtomic} for content that is produced piece by piece. */
export async function writeAtomically(
  path: string,
  fill: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    makeFolder(dirname(path), path);
    const file = await open(temporary, 'wx');
    try {
      failPoint('file.write');
      await fill(file);
      await file.sync();
    } finally {
      await file.close();
    }
    failPoint('file.rename');
    await rename(temporary, path);
    failPoint('file.renamed');
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeError(error, path);
  }
  await syncFolder(dirname(path));
}

/** Writes pretty JSON with a final newline, atomically. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * @returns the parsed file, not validated
 * @throws E_MISSING when it cannot be read, `code` (default E_MODEL: most JSON files here are a model's) when it is no JSON
 */
export async function readJson(path: string, code?: JsonErrorCode): Promise<unknown> {
  return parseJson(await readText(path), path, code);
}

type JsonErrorCode = 'E_MODEL' | 'E_TOKENIZER' | 'E_CHECKPOINT';

/** JSON.parse with an error that names the file. */
export function parseJson(text: string, place: string, code: JsonErrorCode = 'E_MODEL'): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SweetspotError(code, 'not valid JSON', { place, got: reason, cause });
  }
}

/** @returns the file as UTF-8, without a byte-order mark */
export async function readText(path: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8');
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  } catch (error) {
    throw readError(error, path);
  }
}

/** A name in the same folder (rename works only within one file system) that nothing else uses. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.partial`);
}

/** Makes renames and new names in a folder durable; file systems that cannot are left alone. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

/** Files that are flushed at a time: file systems write out those that ask together together. */
const FLUSHED_TOGETHER = 8;

/** Brings the content of files to the disk (fsync); one that is gone has none. */
export async function flushFiles(paths: readonly string[]): Promise<void> {
  const left = [...paths];
  const lane = async (): Promise<void> => {
    for (let path = left.pop(); path !== undefined; path = left.pop()) await flushFile(path);
  };
  await Promise.all(Array.from({ length: Math.min(FLUSHED_TOGETHER, paths.length) }, lane));
}

async function flushFile(path: string): Promise<void> {
  try {
    const file = await open(path, 'r+');
    await file.sync().finally(() => file.close());
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw writeError(error, path);
  }
}
