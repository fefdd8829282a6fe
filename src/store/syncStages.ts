import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { flushFiles } from '../core/files.ts';
import type { Manifest } from '../stages/manifest.ts';
import { sealedFiles } from './sealFolder.ts';
import { completedStages, deleteRow, insertStage, markFlushed, unflushedStages } from './stageRows.ts';
import { isPartial, manifestIn, quarantine, stageDir } from './stageStore.ts';
import { folderFault } from './verifyStages.ts';
import type { Workspace } from './workspace.ts';

/**
 * Brings rows and folders together, when the orchestrator starts: leftovers of dead attempts go, a row without a folder
 * goes, a folder with a manifest but no row (a crash in between, or a lost database) gets its row back. What nobody saw
 * reach the disk is compared with its manifest first, byte by byte: a loss of power may have torn it, and then it goes
 * to the quarantine and is made anew.
 */
export async function syncStages(
  database: Database.Database,
  workspace: Workspace,
): Promise<{ removed: number; found: number }> {
  await adoptFinished(workspace);
  const folders = new Set<string>();
  for (const name of readdirSync(workspace.stages)) {
    if (isPartial(name)) rmSync(join(workspace.stages, name), { recursive: true, force: true });
    else folders.add(name);
  }
  const rows = completedStages(database);
  const unsure = [...folders].filter(key => !rows.has(key));
  unsure.push(...unflushedStages(database).filter(key => folders.has(key)));
  const whole = new Map<string, Manifest>();
  for (const key of unsure) {
    const manifest = await flushWhole(stageDir(workspace, key), key);
    if (manifest) whole.set(key, manifest);
    else {
      quarantine(workspace, key);
      folders.delete(key);
    }
  }
  const lost = [...rows].filter(key => !folders.has(key));
  const found = [...whole].filter(([key]) => !rows.has(key));
  database.transaction(() => {
    for (const key of lost) deleteRow(database, key);
    for (const [, manifest] of found) insertStage(database, manifest, { flushed: true });
    markFlushed(database, [...whole.keys()]);
  })();
  return { removed: lost.length, found: found.length };
}

/** The manifest of a stage that is on the disk as it was written; undefined where it is not. */
async function flushWhole(dir: string, key: string): Promise<Manifest | undefined> {
  const manifest = manifestIn(dir, key);
  if (!manifest || (await folderFault(dir, manifest)) !== undefined) return undefined;
  await flushFiles(sealedFiles(dir, manifest));
  return manifest;
}

/** A partial folder with its manifest is a stage that only lacks its name: it gets it, and what was computed is not lost. */
async function adoptFinished(workspace: Workspace): Promise<void> {
  for (const name of readdirSync(workspace.stages)) {
    const key = /^(.+)\.\d+\.partial$/.exec(name)?.[1];
    if (key === undefined || existsSync(stageDir(workspace, key))) continue;
    const from = join(workspace.stages, name);
    if (await flushWhole(from, key)) renameSync(from, stageDir(workspace, key));
  }
}
