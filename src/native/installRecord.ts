import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeJson } from '../core/files.ts';
import { sha256File } from '../core/hash.ts';
import type { NativeVariant } from './nativeVersions.ts';

const RECORD_FILE = 'install.json';

/** One file of an installation that is loaded at run time. */
export interface InstalledFile {
  /** Relative to the installation's folder. */
  path: string;
  /** Bytes. */
  size: number;
  sha256: string;
  /** While size and time are these, the content is taken to be what was hashed. */
  mtimeMs: number;
}

/** Written last, when an installation has proved itself; a folder without it is never used. */
export interface InstallRecord {
  variant: NativeVariant;
  tfjs: string;
  tensorflow: string;
  node: string;
  /** Greatest relative difference of a loss from wasm's in the self-check. */
  lossDifference: number;
  /** ISO 8601, UTC. */
  finishedAt: string;
  files: InstalledFile[];
}

export type InstallState =
  | { state: 'absent' }
  | { state: 'unfinished' }
  | { state: 'damaged'; why: string }
  | { state: 'complete'; record: InstallRecord };

/** Writes the record of a folder whose files are these (relative paths): from now on it counts. */
export async function recordInstall(
  folder: string,
  record: Omit<InstallRecord, 'files' | 'finishedAt'>,
  paths: readonly string[],
): Promise<void> {
  const files: InstalledFile[] = [];
  for (const path of paths) {
    const { size, mtimeMs } = statSync(join(folder, path));
    files.push({ path, size, sha256: await sha256File(join(folder, path)), mtimeMs });
  }
  await writeJson(join(folder, RECORD_FILE), { ...record, finishedAt: new Date().toISOString(), files });
}

/**
 * Whether an installation is whole. A file whose time has changed is hashed again; with `thorough` every file is, which
 * reads about a gigabyte.
 */
export async function inspectInstall(folder: string, { thorough = false } = {}): Promise<InstallState> {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return { state: 'absent' };
  const record = readRecord(folder);
  if (record === undefined) return { state: 'unfinished' };
  if (record === null) return { state: 'damaged', why: `${RECORD_FILE} cannot be read` };
  let copied = false;
  for (const file of record.files) {
    const path = join(folder, file.path);
    const status = statSync(path, { throwIfNoEntry: false });
    if (!status) return { state: 'damaged', why: `${file.path} is missing` };
    if (status.size !== file.size) {
      return { state: 'damaged', why: `${file.path} has ${status.size} bytes, not ${file.size}` };
    }
    if (status.mtimeMs === file.mtimeMs && !thorough) continue;
    if ((await sha256File(path)) !== file.sha256) {
      return { state: 'damaged', why: `${file.path} has changed since it was installed` };
    }
    copied ||= status.mtimeMs !== file.mtimeMs;
    file.mtimeMs = status.mtimeMs;
  }
  // Spares the next start the hashing; a folder that cannot be written is as good as before.
  if (copied) await writeJson(join(folder, RECORD_FILE), record).catch(() => undefined);
  return { state: 'complete', record };
}

/** Undefined where there is none, null where it is not ours. */
function readRecord(folder: string): InstallRecord | null | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, RECORD_FILE), 'utf8');
  } catch {
    return undefined;
  }
  try {
    const record = JSON.parse(text) as InstallRecord;
    return record.files.every(({ path, size, sha256 }) => path && size >= 0 && sha256) ? record : null;
  } catch {
    return null;
  }
}
