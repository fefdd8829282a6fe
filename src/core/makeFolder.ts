import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { systemCode, writeError } from './systemErrors.ts';

/**
 * Makes a folder and its missing parents. Node's own `recursive` never comes back where a file system lists a folder and
 * refuses to make one in it with ENOENT, as /proc does.
 *
 * @param place what an error names: the file that was to be written into the folder, say
 * @returns the topmost folder that was made; undefined where all were there
 * @throws E_WRITE when it cannot be made
 */
export function makeFolder(path: string, place = path): string | undefined {
  const missing: string[] = [];
  try {
    for (let at = resolve(path); !isFolder(at); at = dirname(at)) missing.push(at);
    for (const folder of missing.reverse()) makeOne(folder);
  } catch (error) {
    throw writeError(error, place);
  }
  return missing[0];
}

/** A file of that name is no folder either: making one in its place, or in it, then says so. */
function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    // Somebody else may have been quicker.
    if (systemCode(error) !== 'EEXIST' || !isFolder(folder)) throw error;
  }
}
