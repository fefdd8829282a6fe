import type Database from 'better-sqlite3';
import type { SweetspotErrorJson } from '../core/errors.ts';
import type { FailureClass } from '../stages/failures.ts';
import { statement } from './statement.ts';

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
  /** The name of the slot it ran on; null in what older versions left. */
  slot: string | null;
  /** Keys of the stages that it was to leave; null in what older versions left. */
  makes: string[] | null;
  /** Of a failure. */
  class: FailureClass | null;
  /** Of a failure: the end of what the worker printed. */
  log: string | null;
}

/** Notes that an attempt begins; gives its number. */
export function beginAttempt(
  database: Database.Database,
  attempt: Pick<Attempt, 'sweep' | 'job' | 'kind' | 'label' | 'rateKey' | 'units'> &
    Partial<Pick<Attempt, 'slot' | 'makes'>>,
  now: string,
): number {
  const { lastInsertRowid } = statement(
    database,
    `INSERT INTO attempts (sweep, job, kind, label, rate_key, units, started_at, slot, makes)
     VALUES (@sweep, @job, @kind, @label, @rateKey, @units, @now, @slot, @makes)`,
  ).run({ slot: null, ...attempt, makes: attempt.makes ? JSON.stringify(attempt.makes) : null, now });
  return Number(lastInsertRowid);
}

/** Notes how an attempt ended; `units` where it did not begin at its job's beginning. */
export function endAttempt(
  database: Database.Database,
  id: number,
  end: {
    outcome: AttemptOutcome;
    seconds: number;
    error?: SweetspotErrorJson;
    class?: FailureClass;
    log?: string;
    units?: number;
  },
): void {
  statement(
    database,
    `UPDATE attempts SET outcome = @outcome, seconds = @seconds, error = @error, class = @class, log = @log,
       units = coalesce(@units, units) WHERE id = @id`,
  ).run({
    id,
    outcome: end.outcome,
    seconds: end.seconds,
    error: end.error ? JSON.stringify(end.error) : null,
    class: end.class ?? null,
    log: end.log || null,
    units: end.units ?? null,
  });
}

/** Attempts that an orchestrator left open when it died are lost; the next one says so before it begins. */
export function closeLostAttempts(database: Database.Database): number {
  return database.prepare(`UPDATE attempts SET outcome = 'lost' WHERE outcome IS NULL`).run().changes;
}

/**
 * What is wrong with a sweep: the last verdict on every job where it is a failure, oldest first. An attempt that was stopped,
 * or lost with its orchestrator (it has no error), is no verdict.
 */
export function failedAttempts(database: Database.Database, sweep: string): Attempt[] {
  return database
    .prepare<[string], Record<string, unknown>>(
      `SELECT id, sweep, job, kind, label, rate_key AS rateKey, units, started_at AS startedAt, seconds, outcome, error,
         slot, makes, class, log
       FROM attempts
       WHERE outcome <> 'done' AND id IN (
         SELECT max(id) FROM attempts
         WHERE sweep = ? AND (outcome IN ('done', 'failed') OR (outcome = 'lost' AND error IS NOT NULL))
         GROUP BY job)
       ORDER BY id`,
    )
    .all(sweep)
    .map(
      row =>
        ({
          ...row,
          error: row.error ? JSON.parse(String(row.error)) : null,
          makes: row.makes ? JSON.parse(String(row.makes)) : null,
        }) as unknown as Attempt,
    );
}

/** Seconds of finished attempts on one slot, by kind of job. */
export interface SlotSeconds {
  /** Null where an older version did not note it. */
  slot: string | null;
  kind: string;
  seconds: number;
}

/** Where the time of a sweep went; for the report. */
export const slotSeconds = (database: Database.Database, sweep: string): SlotSeconds[] =>
  database
    .prepare<[string], SlotSeconds>(
      `SELECT slot, kind, sum(seconds) AS seconds FROM attempts
       WHERE sweep = ? AND outcome = 'done' AND seconds > 0 GROUP BY slot, kind ORDER BY slot, kind`,
    )
    .all(sweep);

/**
 * Seconds per step of every training by the name of its job, over all finished attempts in the workspace: one that went on
 * from a checkpoint counts only the steps that it took. What never ran here is absent.
 */
export function trainingRates(database: Database.Database): ReadonlyMap<string, number> {
  const rows = database
    .prepare<[], { job: string; rate: number }>(
      `SELECT job, sum(seconds) / sum(units) AS rate FROM attempts
       WHERE kind = 'dreambooth' AND outcome = 'done' AND units > 0 AND seconds > 0 GROUP BY job`,
    )
    .all();
  return new Map(rows.map(({ job, rate }) => [job, rate]));
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
