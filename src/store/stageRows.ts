import type Database from 'better-sqlite3';
import type { Manifest } from '../stages/manifest.ts';
import { statement } from './statement.ts';

/** Writes the row of a stage. `flushed`: whether all its bytes are known to be on the disk. */
export function insertStage(
  database: Database.Database,
  manifest: Manifest,
  { flushed }: { flushed: boolean },
): void {
  statement(
    database,
    `INSERT OR REPLACE INTO stages (key, kind, label, seconds, bytes, backend, finished_at, flushed)
     VALUES (@key, @kind, @label, @seconds, @bytes, @backend, @finishedAt, @flushed)`,
  ).run({
    key: manifest.key,
    kind: manifest.kind,
    label: manifest.label,
    seconds: manifest.seconds,
    bytes: manifest.files.reduce((sum, file) => sum + file.size, 0),
    backend: `${manifest.backend}, ${manifest.threads} threads`,
    finishedAt: manifest.finishedAt,
    flushed: Number(flushed),
  });
  const state = manifest.parameters.stateOf as StateOf | undefined;
  if (!state) return;
  statement(
    database,
    'INSERT OR REPLACE INTO states (key, snapshot_key, trajectory_key, step) VALUES (?, ?, ?, ?)',
  ).run(manifest.key, state.snapshotKey, state.trajectoryKey, state.step);
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

/** Stages of which nobody knows yet whether all their bytes are on the disk. */
export const unflushedStages = (database: Database.Database): string[] =>
  database
    .prepare<[], { key: string }>('SELECT key FROM stages WHERE flushed = 0')
    .all()
    .map(({ key }) => key);

/** Notes that all their bytes are on the disk. */
export function markFlushed(database: Database.Database, keys: readonly string[]): void {
  const mark = statement<[string]>(database, 'UPDATE stages SET flushed = 1 WHERE key = ? AND flushed = 0');
  database.transaction(() => {
    for (const key of keys) mark.run(key);
  })();
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
