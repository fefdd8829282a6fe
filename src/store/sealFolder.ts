import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256File, sha256Hex } from '../core/hash.ts';
import { MANIFEST_FILE, type Manifest, type ManifestFile } from '../stages/manifest.ts';

/** What the orchestrator knows of a finished stage besides its files. */
export type StageFacts = Omit<Manifest, 'files'>;

/** Files up to this size are read, hashed and flushed at once; larger ones without keeping anybody waiting. */
const SMALL_BYTES = 1 << 20;

/**
 * Writes the manifest into a filled folder, with every file's size and SHA-256. All bytes are on the disk then: a folder
 * that gets its name afterwards is whole, even if the machine loses power.
 */
export async function sealFolder(dir: string, facts: StageFacts): Promise<Manifest> {
  const paths = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
  const files: ManifestFile[] = [];
  for (const path of paths) {
    files.push({ path: path.slice(dir.length + 1).replaceAll('\\', '/'), ...(await flushed(path)) });
  }
  const manifest: Manifest = { ...facts, files };
  const target = join(dir, MANIFEST_FILE);
  writeFileSync(target, `${JSON.stringify(manifest, null, 2)}\n`);
  flushNow(target);
  return manifest;
}

async function flushed(path: string): Promise<Pick<ManifestFile, 'size' | 'sha256'>> {
  const { size } = statSync(path);
  if (size <= SMALL_BYTES) {
    const sha256 = sha256Hex(readFileSync(path));
    flushNow(path);
    return { size, sha256 };
  }
  const file = await open(path, 'r+');
  await file.sync().finally(() => file.close());
  return { size, sha256: await sha256File(path) };
}

function flushNow(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
