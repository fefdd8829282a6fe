import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { SweetspotError } from '../core/errors.ts';
import { storeError } from './database.ts';
import type { Workspace } from './workspace.ts';

/** {@link isLocked} holds a shared lock for a moment: no reason to refuse. */
const LOOK_MS = 200;

export interface WorkspaceLock {
  release(): void;
}

/**
 * Makes this process the only orchestrator of the workspace. The lock is an open `BEGIN EXCLUSIVE` on a database of its
 * own: the kernel drops it when the process dies, however it dies, so that no stale lock is ever left behind.
 * Fails with E_STORE, naming the holder, when another orchestrator runs.
 */
export function acquireLock(workspace: Workspace): WorkspaceLock {
  const holderFile = `${workspace.lockFile}.holder`;
  const database = openLockDatabase(workspace.lockFile);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if (!isBusy(cause)) throw unusable(workspace.lockFile, cause);
    throw new SweetspotError('E_STORE', 'another sweetspot is running in this workspace', {
      place: workspace.root,
      got: existsSync(holderFile) ? readFileSync(holderFile, 'utf8').trim() : 'an unknown process',
      hint: 'Wait for it, stop it, or work in another folder with --workspace DIR',
    });
  }
  try {
    writeFileSync(holderFile, `process ${process.pid}, since ${new Date().toISOString()}\n`);
  } catch {
    // The lock is held all the same; only its name in a refusal is missing.
  }
  return {
    release() {
      try {
        rmSync(holderFile, { force: true });
      } catch {
        // In a workspace that cannot be written any more, which the run has said or does not care about.
      }
      database.close(); // which rolls back
    },
  };
}

/** Whether an orchestrator works in this workspace now. Looks without ever being in its way. */
export function isLocked(workspace: Workspace): boolean {
  if (!existsSync(workspace.lockFile)) return false;
  let database: Database.Database | undefined;
  try {
    database = new Database(workspace.lockFile, { readonly: true, timeout: 0 });
    database.prepare('SELECT count(*) FROM sqlite_master').get();
    return false;
  } catch (cause) {
    return isBusy(cause);
  } finally {
    database?.close();
  }
}

function openLockDatabase(path: string): Database.Database {
  try {
    return new Database(path, { timeout: LOOK_MS });
  } catch (cause) {
    throw unusable(path, cause);
  }
}

const isBusy = (cause: unknown): boolean =>
  String((cause as { code?: unknown }).code).startsWith('SQLITE_BUSY');

function unusable(path: string, cause: unknown): unknown {
  const error = storeError(cause, path);
  if (error instanceof SweetspotError && error.code === 'E_WRITE') return error;
  return new SweetspotError('E_STORE', 'the lock of the workspace cannot be taken', {
    place: path,
    got: (cause as Error).message,
    hint: 'Network file systems often lack the locks that SQLite needs; use a local disk',
    cause,
  });
}
