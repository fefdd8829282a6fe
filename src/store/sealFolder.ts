import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256File, sha256Hex } from '../core/hash.ts';
import { MANIFEST_FILE, type Manifest, type ManifestFile } from '../stages/manifest.ts';

/** What the orchestrator knows of a finished stage besides its files. */
export type StageFacts = Omit<Manifest, 'files'>;

/** Files up to this size are read and hashed at once; larger ones without keeping anybody waiting. */
const SMALL_BYTES = 1 << 20;

/** Writes the manifest into a filled folder, with every file's size and SHA-256. Nothing is flushed. */
export async function sealFolder(dir: string, facts: StageFacts): Promise<Manifest> {
  const paths = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
  const files: ManifestFile[] = [];
  for (const path of paths) {
    files.push({ path: path.slice(dir.length + 1).replaceAll('\\', '/'), ...(await measured(path)) });
  }
  const manifest: Manifest = { ...facts, files };
  writeFileSync(join(dir, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** All files of a sealed folder, its manifest among them. */
export const sealedFiles = (dir: string, { files }: Manifest): string[] => [
  ...files.map(({ path }) => join(dir, path)),
  join(dir, MANIFEST_FILE),
];

async function measured(path: string): Promise<Pick<ManifestFile, 'size' | 'sha256'>> {
  const { size } = statSync(path);
  if (size <= SMALL_BYTES) return { size, sha256: sha256Hex(readFileSync(path)) };
  return { size, sha256: await sha256File(path) };
}
