import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readError, writeFileAtomic } from '../core/files.ts';
import { makeFolder } from '../core/makeFolder.ts';

/** Copies the JSON and text files of a folder: small ones; read whole, so that a failed read and a failed write can be told apart. */
export async function copyTextFiles(from: string, to: string): Promise<void> {
  makeFolder(to);
  for (const name of await listFolder(from)) {
    if (/\.(json|txt)$/.test(name)) await writeFileAtomic(join(to, name), await readBytes(join(from, name)));
  }
}

async function listFolder(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    throw readError(error, dir);
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw readError(error, path);
  }
}
