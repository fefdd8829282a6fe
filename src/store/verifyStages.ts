import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sha256File } from '../core/hash.ts';
import { MANIFEST_FILE, type Manifest } from '../stages/manifest.ts';
import { isPartial, readManifest, stageDir } from './stageStore.ts';
import type { Workspace } from './workspace.ts';

/** What is wrong with one stage on disk. */
export interface StageFault {
  key: string;
  /** For people: which file, and how it differs from the manifest. */
  what: string;
}

export interface Verification {
  stages: number;
  files: number;
  bytes: number;
  faults: StageFault[];
}

/**
 * Compares every stage on disk with its manifest: names, sizes and SHA-256 of all files. Reads all bytes, changes none.
 *
 * @param onStage called before each stage with how many there are: a workspace may hold many gigabytes
 */
export async function verifyStages(
  workspace: Workspace,
  onStage: (done: number, total: number) => void = () => undefined,
): Promise<Verification> {
  const keys = readdirSync(workspace.stages)
    .filter(name => !isPartial(name))
    .sort();
  const result: Verification = { stages: keys.length, files: 0, bytes: 0, faults: [] };
  for (const [at, key] of keys.entries()) {
    onStage(at, keys.length);
    const what = await faultOf(workspace, key, result);
    if (what !== undefined) result.faults.push({ key, what });
  }
  return result;
}

async function faultOf(
  workspace: Workspace,
  key: string,
  counts: { files: number; bytes: number },
): Promise<string | undefined> {
  const manifest = readManifest(workspace, key);
  if (!manifest) return `${MANIFEST_FILE} is missing or torn`;
  return folderFault(stageDir(workspace, key), manifest, counts);
}

/**
 * How the files of a folder differ from its manifest; undefined where they do not.
 *
 * @param counts what was read and is as it should be is added to them
 */
export async function folderFault(
  dir: string,
  { files }: Manifest,
  counts = { files: 0, bytes: 0 },
): Promise<string | undefined> {
  for (const { path, size, sha256 } of files) {
    const there = statSync(join(dir, path), { throwIfNoEntry: false });
    if (!there?.isFile()) return `${path} is missing`;
    if (there.size !== size) return `${path} has ${there.size} bytes instead of ${size}`;
    if ((await sha256File(join(dir, path))) !== sha256) return `${path} has other content than was written`;
    counts.files += 1;
    counts.bytes += size;
  }
  return undefined;
}
