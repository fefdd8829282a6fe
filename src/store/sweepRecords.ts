import type Database from 'better-sqlite3';

export type SweepState = 'running' | 'complete' | 'failed' | 'stopped';

/** A sweep as it was last run. `plan` is the planner's JSON; the store does not look inside. */
export interface SweepRecord {
  name: string;
  /** Absolute path of the sweep file. */
  file: string;
  /** The file's text as it was then. */
  text: string;
  plan: unknown;
  backend: string | null;
  /** Of each slot. */
  threads: number | null;
  slots: number | null;
  state: SweepState;
  createdAt: string;
  updatedAt: string;
}

interface SweepRow {
  name: string;
  file: string;
  text: string;
  plan: string;
  backend: string | null;
  threads: number | null;
  slots: number | null;
  state: SweepState;
  created_at: string;
  updated_at: string;
}

const SELECT_SWEEPS = 'SELECT sweeps.*, plans.plan FROM sweeps JOIN plans ON plans.sweep = sweeps.name';

const toRecord = (row: SweepRow): SweepRecord => ({
  name: row.name,
  file: row.file,
  text: row.text,
  plan: JSON.parse(row.plan),
  backend: row.backend,
  threads: row.threads,
  slots: row.slots,
  state: row.state,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** Writes the sweep's row, or replaces what an earlier run of the same name left; its batches stay. */
export function saveSweep(
  database: Database.Database,
  sweep: Pick<SweepRecord, 'name' | 'file' | 'text' | 'plan' | 'state'>,
  now: string,
): void {
  const { plan, ...row } = sweep;
  database.transaction(() => {
    database
      .prepare(
        `INSERT INTO sweeps (name, file, text, state, created_at, updated_at)
         VALUES (@name, @file, @text, @state, @now, @now)
         ON CONFLICT (name) DO UPDATE SET file = excluded.file, text = excluded.text, state = excluded.state,
           updated_at = excluded.updated_at`,
      )
      .run({ ...row, now });
    database
      .prepare('INSERT OR REPLACE INTO plans (sweep, plan) VALUES (?, ?)')
      .run(row.name, JSON.stringify(plan));
  })();
}

/** Notes how the run of a sweep stands. */
export function setSweepState(
  database: Database.Database,
  name: string,
  state: SweepState,
  now: string,
): void {
  database.prepare('UPDATE sweeps SET state = ?, updated_at = ? WHERE name = ?').run(state, now, name);
}

/** Runs that an orchestrator left open when it died were stopped; the next one, which holds the lock, says so. */
export function closeLostRuns(database: Database.Database, now: string): void {
  database.prepare(`UPDATE sweeps SET state = 'stopped', updated_at = ? WHERE state = 'running'`).run(now);
}

/** Notes what the sweep is computed on; threads per slot are fixed when a sweep starts. */
export function setSweepBackend(
  database: Database.Database,
  name: string,
  { backend, threads, slots }: { backend: string; threads: number; slots: number },
): void {
  database
    .prepare('UPDATE sweeps SET backend = ?, threads = ?, slots = ? WHERE name = ?')
    .run(backend, threads, slots, name);
}

/** What a sweep was computed on so far: no need to read its plan for that. */
export const sweepSlots = (
  database: Database.Database,
  name: string,
): Pick<SweepRecord, 'threads' | 'slots'> | undefined =>
  database
    .prepare<[string], Pick<SweepRecord, 'threads' | 'slots'>>(
      'SELECT threads, slots FROM sweeps WHERE name = ?',
    )
    .get(name);

/** The file that a sweep of this name was last run from. */
export const sweepFile = (database: Database.Database, name: string): string | undefined =>
  database.prepare<[string], { file: string }>('SELECT file FROM sweeps WHERE name = ?').get(name)?.file;

export function findSweep(database: Database.Database, name: string): SweepRecord | undefined {
  const row = database.prepare<[string], SweepRow>(`${SELECT_SWEEPS} WHERE name = ?`).get(name);
  return row && toRecord(row);
}

/** All sweeps of the workspace, the latest first. */
export function listSweeps(database: Database.Database): SweepRecord[] {
  return database
    .prepare<[], SweepRow>(`${SELECT_SWEEPS} ORDER BY updated_at DESC, name`)
    .all()
    .map(toRecord);
}

/** The batches that this sweep's pictures were cut into, in order; empty before the first run. */
export function pictureBatches(database: Database.Database, sweep: string): string[][] {
  return database
    .prepare<[string], { keys: string }>('SELECT keys FROM picture_batches WHERE sweep = ? ORDER BY number')
    .all(sweep)
    .map(row => JSON.parse(row.keys) as string[]);
}

/** Adds batches behind those already recorded. */
export function addPictureBatches(
  database: Database.Database,
  sweep: string,
  batches: readonly string[][],
): void {
  const next = database
    .prepare<[string], { next: number }>(
      'SELECT coalesce(max(number) + 1, 0) AS next FROM picture_batches WHERE sweep = ?',
    )
    .get(sweep)?.next;
  const insert = database.prepare('INSERT INTO picture_batches (sweep, number, keys) VALUES (?, ?, ?)');
  database.transaction(() => {
    batches.forEach((keys, index) => {
      insert.run(sweep, (next ?? 0) + index, JSON.stringify(keys));
    });
  })();
}
