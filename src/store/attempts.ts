import type Database from 'better-sqlite3';
import type { SweetspotErrorJson } from '../core/errors.ts';

export type AttemptOutcome = 'done' | 'failed' | 'stopped' | 'lost';

/** One attempt at one job; `units` are steps or pictures, so that seconds per unit can be told from history. */
export interface Attempt {
  id: number;
  sweep: string;
  job: string;
  kind: string;
  label: string;
  /** Attempts with the same one cost the same per unit. */
  rateKey: string;
  units: number;
  startedAt: string;
  seconds: number | null;
  outcome: AttemptOutcome | null;
  error: SweetspotErrorJson | null;
}

/** Notes that an attempt begins; gives its number. */
export function beginAttempt(
  database: Database.Database,
  attempt: Pick<Attempt, 'sweep' | 'job' | 'kind' | 'label' | 'rateKey' | 'units'>,
  now: string,
): number {
  const { lastInsertRowid } = database
    .prepare(
      `INSERT INTO attempts (sweep, job, kind, label, rate_key, units, started_at)
       VALUES (@sweep, @job, @kind, @label, @rateKey, @units, @now)`,
    )
    .run({ ...attempt, now });
  return Number(lastInsertRowid);
}

/** Notes how an attempt ended. */
export function endAttempt(
  database: Database.Database,
  id: number,
  end: { outcome: AttemptOutcome; seconds: number; error?: SweetspotErrorJson },
): void {
  database
    .prepare('UPDATE attempts SET outcome = ?, seconds = ?, error = ? WHERE id = ?')
    .run(end.outcome, end.seconds, end.error ? JSON.stringify(end.error) : null, id);
}

/** Attempts that an orchestrator left open when it died are lost; the next one says so before it begins. */
export function closeLostAttempts(database: Database.Database): number {
  return database.prepare(`UPDATE attempts SET outcome = 'lost' WHERE outcome IS NULL`).run().changes;
}

/** The failed attempts of a sweep, oldest first. */
export function failedAttempts(database: Database.Database, sweep: string): Attempt[] {
  return database
    .prepare<[string], Record<string, unknown>>(
      `SELECT id, sweep, job, kind, label, rate_key AS rateKey, units, started_at AS startedAt, seconds, outcome, error
       FROM attempts WHERE sweep = ? AND outcome = 'failed' ORDER BY id`,
    )
    .all(sweep)
    .map(row => ({ ...row, error: row.error ? JSON.parse(String(row.error)) : null }) as unknown as Attempt);
}

/**
 * Seconds per unit of finished attempts, by rate key: the workspace's own history, from which `plan` and `run`
 * estimate. What never ran here is absent.
 */
export function secondsPerUnit(database: Database.Database): Record<string, number> {
  const rows = database
    .prepare<[], { rateKey: string; rate: number }>(
      `SELECT rate_key AS rateKey, sum(seconds) / sum(units) AS rate FROM attempts
       WHERE outcome = 'done' AND units > 0 AND seconds > 0 GROUP BY rate_key`,
    )
    .all();
  return Object.fromEntries(rows.map(({ rateKey, rate }) => [rateKey, rate]));
}
