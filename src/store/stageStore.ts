import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { failPoint } from '../core/failPoint.ts';
import { flushFiles, writeError } from '../core/files.ts';
import { makeFolder } from '../core/makeFolder.ts';
import { removeIfThere } from '../core/removeIfThere.ts';
import { MANIFEST_FILE, type Manifest } from '../stages/manifest.ts';
import { type StageFacts, sealedFiles, sealFolder } from './sealFolder.ts';
import { insertStage } from './stageRows.ts';
import type { StoreSession } from './storeSession.ts';
import type { Workspace } from './workspace.ts';

const PARTIAL = '.partial';

/** Whether a folder under `stages/` is an attempt's, not a stage. */
export const isPartial = (name: string): boolean => name.endsWith(PARTIAL);

export const stageDir = (workspace: Workspace, key: string): string => join(workspace.stages, key);

/** Where an attempt works; the attempt's number keeps a dead one's leftovers apart. */
export const partialDir = (workspace: Workspace, key: string, attempt: number): string =>
  join(workspace.stages, `${key}.${attempt}${PARTIAL}`);

/** What is kept of a stage that was let go (see releasedStages). */
export const releaseNote = (workspace: Workspace, key: string): string =>
  join(workspace.released, `${key}.json`);

export type { StageFacts } from './sealFolder.ts';

/** A stage that took longer than this, in seconds, is on the disk before it counts: it would be a pity. */
const FLUSHED_AT_ONCE = 0.5;

interface Completion {
  /** The folder takes the place of one of the same name: a block of class images grows. */
  replace?: boolean;
  /** Commits the row together with others, and brings what was quick to make to the disk in company, soon. */
  session?: Pick<StoreSession, 'commits' | 'flusher'>;
}

/**
 * Makes a filled partial folder the stage: manifest with sizes and SHA-256, folder renamed, row written, in this order,
 * so that a crash between any two leaves either a partial or a stage that {@link syncStages} finds again.
 */
export async function completeStage(
  database: Database.Database,
  workspace: Workspace,
  partial: string,
  facts: StageFacts,
  { replace = false, session }: Completion = {},
): Promise<Manifest> {
  const target = stageDir(workspace, facts.key);
  const later = facts.seconds <= FLUSHED_AT_ONCE ? session?.flusher : undefined;
  let manifest: Manifest;
  try {
    failPoint('store.manifest');
    manifest = await sealFolder(partial, facts);
    if (!later) await flushFiles(sealedFiles(partial, manifest));
    failPoint('store.rename');
    // A stage is deterministic: where an earlier attempt completed the same one, that one stays. Only a block of class
    // images grows, and then the new folder holds the old one's pictures.
    if (replace && existsSync(target)) replaceFolder(partial, target);
    else if (!renameToFree(partial, target)) rmSync(partial, { recursive: true });
    failPoint('store.renamed');
  } catch (error) {
    throw writeError(error, target);
  }
  session?.commits.join();
  insertStage(database, manifest, { flushed: !later });
  later?.add(facts.key, sealedFiles(target, manifest));
  removeIfThere(releaseNote(workspace, facts.key));
  failPoint('store.row');
  return manifest;
}

/** Renames a folder; false where there is one of that name. */
function renameToFree(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (existsSync(to)) return false;
    throw error;
  }
}

/** Should this be cut short between the two renames, the next start ends it. */
function replaceFolder(partial: string, target: string): void {
  const old = `${target}.old${PARTIAL}`;
  rmSync(old, { recursive: true, force: true });
  renameSync(target, old);
  failPoint('store.replace');
  renameSync(partial, target);
  rmSync(old, { recursive: true });
}

/**
 * Puts a folder aside that is not what an attempt left (its manifest is gone or torn, a file has other content), so that
 * the stage is made anew. Gives the place.
 */
export function quarantine(workspace: Workspace, key: string): string {
  const folder = join(workspace.home, 'quarantine');
  makeFolder(folder);
  const place = join(folder, `${key}.${Date.now()}`);
  renameSync(stageDir(workspace, key), place);
  return place;
}

/** The manifest of a completed stage; undefined where the folder has none that can be read. */
export const readManifest = (workspace: Workspace, key: string): Manifest | undefined =>
  manifestIn(stageDir(workspace, key), key);

/** The manifest in a folder; undefined where it has none for this stage that can be read. */
export function manifestIn(dir: string, key: string): Manifest | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(dir, MANIFEST_FILE), 'utf8')) as Manifest;
    return manifest.key === key && Array.isArray(manifest.files) ? manifest : undefined;
  } catch {
    return undefined;
  }
}
