import { readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { SweetspotError } from '../core/errors.ts';
import { writeError } from '../core/files.ts';
import { MIGRATIONS } from './migrations.ts';

/** An open store. Only this folder knows what is behind it. */
export type StoreDatabase = Database.Database;

/** How long a reader waits for a writer's checkpoint; WAL readers are hardly ever blocked. */
const BUSY_TIMEOUT_MS = 5_000;

/** Opens the store for the orchestrator: WAL, foreign keys, migrated to this version (with a backup before). */
export function openForWriting(path: string): Database.Database {
  return guarded(path, () => {
    const database = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma('foreign_keys = ON');
    migrate(database, path);
    return database;
  });
}

/**
 * Opens the store for `status` and `report`: read-only, never blocks the orchestrator.
 * @throws E_MISSING where no sweep was run yet
 */
export function openForReading(path: string): Database.Database {
  // An orchestrator that has just begun, or was killed then, leaves an empty file for a moment.
  if (!(statSync(path, { throwIfNoEntry: false })?.size ?? 0)) throw noSweepYet(path);
  return guarded(path, () => {
    const database = openReadOnly(path);
    refuseNewer(database, path);
    if (versionOf(database) === 0) {
      database.close();
      throw noSweepYet(path);
    }
    return versionOf(database) === MIGRATIONS.length ? database : migratedCopy(database);
  });
}

const noSweepYet = (path: string): SweetspotError =>
  new SweetspotError('E_MISSING', 'there is no sweep in this workspace yet', {
    place: path,
    hint: 'Run `sweetspot run FILE` first, or name the right folder with --workspace DIR',
  });

/** What an older version wrote, in memory and brought up to this one's schema: the file stays as it is until a run. */
function migratedCopy(old: Database.Database): Database.Database {
  const copy = inMemory(old.serialize());
  old.close();
  applyMigrations(copy);
  return copy;
}

/**
 * A WAL database can only be opened where its shared-memory file can be made or is there. On a read-only disk, and in a
 * folder of another user that nobody works in now, its bytes are read into memory instead.
 */
function openReadOnly(path: string): Database.Database {
  try {
    const database = new Database(path, { readonly: true, timeout: BUSY_TIMEOUT_MS });
    versionOf(database); // the file is opened at the first statement
    return database;
  } catch (error) {
    // CANTOPEN on a read-only disk, READONLY_DIRECTORY in a folder of somebody else.
    const blocked = error instanceof Database.SqliteError && /^SQLITE_(CANTOPEN|READONLY)/.test(error.code);
    if (!blocked || (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) throw error;
    return inMemory(readFileSync(path));
  }
}

/** A database file's bytes, opened; its WAL version (bytes 18 and 19 of the file format) becomes the plain one. */
function inMemory(bytes: Buffer): Database.Database {
  bytes.fill(1, 18, 20);
  return new Database(bytes);
}

function migrate(database: Database.Database, path: string): void {
  refuseNewer(database, path);
  const version = versionOf(database);
  if (version === MIGRATIONS.length) return;
  if (version > 0) backUp(database, `${path}.v${version}.backup`);
  applyMigrations(database);
}

function applyMigrations(database: Database.Database): void {
  database.transaction(() => {
    for (const migration of MIGRATIONS.slice(versionOf(database))) database.exec(migration);
    database.pragma(`user_version = ${MIGRATIONS.length}`);
  })();
}

function backUp(database: Database.Database, path: string): void {
  rmSync(path, { force: true });
  database.prepare('VACUUM INTO ?').run(path);
}

const versionOf = (database: Database.Database): number =>
  Number(database.pragma('user_version', { simple: true }));

function refuseNewer(database: Database.Database, path: string): void {
  const version = versionOf(database);
  if (version <= MIGRATIONS.length) return;
  throw new SweetspotError('E_STORE', 'the store was written by a newer sweetspot', {
    place: path,
    allowed: `schema version ${MIGRATIONS.length} or older`,
    got: `${version}`,
    hint: 'Update sweetspot',
  });
}

/** What is wrong with the file itself, by SQLite's own checks; undefined where it is sound (or newer, which is another matter). */
export function databaseFault(path: string): string | undefined {
  let database: Database.Database | undefined;
  try {
    database = openReadOnly(path);
    const answer = String(database.pragma('integrity_check(1)', { simple: true }));
    if (answer !== 'ok') return answer;
    return (database.pragma('foreign_key_check') as unknown[]).length > 0
      ? 'rows refer to others that are gone'
      : undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    database?.close();
  }
}

/** Puts a damaged database aside, with what SQLite keeps beside it; the next one is rebuilt from the stages on disk. Gives the place. */
export function setDatabaseAside(path: string): string {
  const place = `${path}.damaged.${Date.now()}`;
  try {
    renameSync(path, place);
    for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  } catch (error) {
    throw writeError(error, path);
  }
  return place;
}

/** What the disk under the database did to it, by SQLite's primary result code. */
const DISK_FAILURES: Record<string, [what: string, hint: string]> = {
  SQLITE_FULL: ['cannot write: the disk is full', 'Free some space and run the same command again'],
  SQLITE_IOERR: ['cannot write: the disk fails or is full', 'Free some space and run the same command again'],
  SQLITE_READONLY: ['cannot write: read-only', 'Choose another place with --workspace DIR'],
  SQLITE_CANTOPEN: ['cannot write: the file cannot be opened', 'Choose another place with --workspace DIR'],
  SQLITE_PERM: ['cannot write: permission denied', 'Choose another place with --workspace DIR'],
};

/** The E_WRITE or E_STORE error of a failed statement; errors of other origin pass through unchanged. */
export function storeError(error: unknown, place: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const disk = DISK_FAILURES[error.code.split('_').slice(0, 2).join('_')];
  if (disk) return new SweetspotError('E_WRITE', disk[0], { place, hint: disk[1], cause: error });
  return new SweetspotError('E_STORE', 'the store cannot be opened or used', {
    place,
    got: error.message,
    hint: 'Move the file away and run again: it is rebuilt from the stages on disk',
    cause: error,
  });
}

function guarded<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    throw storeError(cause, path);
  }
}
