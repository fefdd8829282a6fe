import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { failPoint } from '../core/failPoint.ts';
import { writeError } from '../core/files.ts';
import { makeFolder } from '../core/makeFolder.ts';
import { MANIFEST_FILE, type Manifest } from '../stages/manifest.ts';
import { type StageFacts, sealFolder } from './sealFolder.ts';
import { statement } from './statement.ts';
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

/**
 * Makes a filled partial folder the stage: manifest with sizes and SHA-256, folder renamed, row written, in this order,
 * so that a crash between any two leaves either a partial or a stage that {@link syncStages} finds again.
 */
export async function completeStage(
  database: Database.Database,
  workspace: Workspace,
  partial: string,
  facts: StageFacts,
  { replace = false } = {},
): Promise<Manifest> {
  const target = stageDir(workspace, facts.key);
  let manifest: Manifest;
  try {
    failPoint('store.manifest');
    manifest = await sealFolder(partial, facts);
    failPoint('store.rename');
    // A stage is deterministic: where an earlier attempt completed the same one, that one stays. Only a block of class
    // images grows, and then the new folder holds the old one's pictures.
    if (existsSync(target) && replace) replaceFolder(partial, target);
    else if (existsSync(target)) rmSync(partial, { recursive: true });
    else renameSync(partial, target);
    failPoint('store.renamed');
  } catch (error) {
    throw writeError(error, target);
  }
  insertStage(database, manifest);
  rmSync(releaseNote(workspace, facts.key), { force: true });
  failPoint('store.row');
  return manifest;
}

/** Should this be cut short between the two renames, {@link adoptFinished} ends it. */
function replaceFolder(partial: string, target: string): void {
  const old = `${target}.old${PARTIAL}`;
  rmSync(old, { recursive: true, force: true });
  renameSync(target, old);
  failPoint('store.replace');
  renameSync(partial, target);
  rmSync(old, { recursive: true });
}

function insertStage(database: Database.Database, manifest: Manifest): void {
  statement(
    database,
    `INSERT OR REPLACE INTO stages (key, kind, label, seconds, bytes, backend, finished_at)
     VALUES (@key, @kind, @label, @seconds, @bytes, @backend, @finishedAt)`,
  ).run({
    key: manifest.key,
    kind: manifest.kind,
    label: manifest.label,
    seconds: manifest.seconds,
    bytes: manifest.files.reduce((sum, file) => sum + file.size, 0),
    backend: `${manifest.backend}, ${manifest.threads} threads`,
    finishedAt: manifest.finishedAt,
  });
  const state = manifest.parameters.stateOf as StateOf | undefined;
  if (!state) return;
  database
    .prepare('INSERT OR REPLACE INTO states (key, snapshot_key, trajectory_key, step) VALUES (?, ?, ?, ?)')
    .run(manifest.key, state.snapshotKey, state.trajectoryKey, state.step);
}

/** In the manifest of a state folder, as `parameters.stateOf`: which snapshot's training can be gone on from it. */
export interface StateOf {
  snapshotKey: string;
  trajectoryKey: string;
  step: number;
}

/** The states of this workspace, by snapshot. */
export function listStates(database: Database.Database): StateOf[] {
  return database
    .prepare<[], StateOf>(
      'SELECT snapshot_key AS snapshotKey, trajectory_key AS trajectoryKey, step FROM states ORDER BY step',
    )
    .all();
}

/**
 * A partial folder with its manifest is a stage that only lacks its name: the manifest is written last, when all else is
 * on the disk. It gets the name, and what was computed is not lost.
 */
function adoptFinished(workspace: Workspace): void {
  for (const name of readdirSync(workspace.stages)) {
    const key = /^(.+)\.\d+\.partial$/.exec(name)?.[1];
    if (key === undefined || existsSync(stageDir(workspace, key))) continue;
    const from = join(workspace.stages, name);
    const manifest = manifestIn(from, key);
    const whole = manifest?.files.every(
      ({ path, size }) => statSync(join(from, path), { throwIfNoEntry: false })?.size === size,
    );
    if (whole) renameSync(from, stageDir(workspace, key));
  }
}

/**
 * Brings rows and folders together, when the orchestrator starts: leftovers of dead attempts go, a row without a folder
 * goes, a folder with a manifest but no row (a crash in between, or a lost database) gets its row back.
 */
export function syncStages(
  database: Database.Database,
  workspace: Workspace,
): { removed: number; found: number } {
  adoptFinished(workspace);
  const folders = new Set<string>();
  for (const name of readdirSync(workspace.stages)) {
    if (isPartial(name)) rmSync(join(workspace.stages, name), { recursive: true, force: true });
    else folders.add(name);
  }
  const rows = completedStages(database);
  let removed = 0;
  let found = 0;
  database.transaction(() => {
    for (const key of rows) {
      if (folders.has(key)) continue;
      deleteRow(database, key);
      removed += 1;
    }
    for (const key of folders) {
      if (rows.has(key)) continue;
      const manifest = readManifest(workspace, key);
      if (!manifest) {
        quarantine(workspace, key);
        continue;
      }
      insertStage(database, manifest);
      found += 1;
    }
  })();
  return { removed, found };
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

/** Takes a stage out of the database, and its state with it. */
export function deleteRow(database: Database.Database, key: string): void {
  statement(database, 'DELETE FROM stages WHERE key = ?').run(key);
}

/** What the database knows of a completed stage. */
export interface StageRow {
  key: string;
  kind: string;
  label: string;
  bytes: number;
}

/** All completed stages, states among them. */
export function listStages(database: Database.Database): StageRow[] {
  return database.prepare<[], StageRow>('SELECT key, kind, label, bytes FROM stages ORDER BY key').all();
}

/** The keys of all completed stages. */
export function completedStages(database: Database.Database): Set<string> {
  return new Set(
    database
      .prepare<[], { key: string }>('SELECT key FROM stages')
      .all()
      .map(row => row.key),
  );
}

/** The backends that these stages were computed on. */
export function stageBackends(database: Database.Database, keys: ReadonlySet<string>): string[] {
  const rows = database
    .prepare<[], { key: string; backend: string }>('SELECT key, backend FROM stages')
    .all();
  return [...new Set(rows.filter(({ key }) => keys.has(key)).map(({ backend }) => backend))].sort();
}

/** The manifest of a completed stage; undefined where the folder has none that can be read. */
export const readManifest = (workspace: Workspace, key: string): Manifest | undefined =>
  manifestIn(stageDir(workspace, key), key);

function manifestIn(dir: string, key: string): Manifest | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(dir, MANIFEST_FILE), 'utf8')) as Manifest;
    return manifest.key === key && Array.isArray(manifest.files) ? manifest : undefined;
  } catch {
    return undefined;
  }
}
