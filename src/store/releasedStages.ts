import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { syncFolder, writeError } from '../core/files.ts';
import { makeFolder } from '../core/makeFolder.ts';
import { completedStages, deleteRow } from './stageRows.ts';
import { readManifest, releaseNote, stageDir } from './stageStore.ts';
import type { Workspace } from './workspace.ts';

/**
 * Stages that were complete and were then let go to free their space. What was made of them stays, and counts; they are
 * made again only where something new needs them. Of each, `released/<key>.json` keeps the manifest, so that this is
 * known without the database, too.
 *
 * @returns their keys
 */
export function releasedStages({ released }: Workspace): Set<string> {
  return new Set(existsSync(released) ? readdirSync(released).map(name => name.replace(/\.json$/, '')) : []);
}

/** The keys of all stages that were completed once, those that were let go included. */
export const madeStages = (database: Database.Database, workspace: Workspace): Set<string> =>
  new Set([...completedStages(database), ...releasedStages(workspace)]);

/** Lets a stage go: note, row, folder, in this order, so that a crash leaves it there or gone, never half. */
export async function releaseStage(
  database: Database.Database,
  workspace: Workspace,
  key: string,
): Promise<void> {
  const note = releaseNote(workspace, key);
  try {
    makeFolder(workspace.released);
    writeFileSync(note, `${JSON.stringify(readManifest(workspace, key) ?? { key }, null, 2)}\n`);
  } catch (error) {
    throw writeError(error, note);
  }
  await removeStage(database, workspace, key);
}

/** Removes a stage that nothing refers to. */
export async function removeStage(
  database: Database.Database,
  workspace: Workspace,
  key: string,
): Promise<void> {
  deleteRow(database, key);
  // Under a name that the next start cleans up, should this one be killed in the middle.
  const doomed = join(workspace.stages, `${key}.removed.partial`);
  try {
    if (existsSync(stageDir(workspace, key))) await rename(stageDir(workspace, key), doomed);
    await syncFolder(workspace.stages);
    await rm(doomed, { recursive: true, force: true });
  } catch (error) {
    throw writeError(error, stageDir(workspace, key));
  }
}
