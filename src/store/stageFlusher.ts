import { flushFiles, syncFolder, writeError } from '../core/files.ts';
import type { StoreDatabase } from './database.ts';
import { markFlushed } from './stageRows.ts';
import type { Workspace } from './workspace.ts';

/** What a loss of power may cost. */
const SOON_MS = 500;
/** More files than these are written out quicker with all that the file system holds back. */
const FEW_FILES = 16;

export interface FlusherSettings {
  /** Writes out everything that the file system of a folder holds back; false where the system has no such call. */
  syncFileSystem(path: string): Promise<boolean>;
  /** Hears why stages that nobody waits for could not be written. */
  onError(error: unknown): void;
}

/**
 * Brings the bytes of finished stages to the disk, many at a time: flushing a file by itself can take longer than to
 * compute what is in it. A stage whose turn has not come is marked in the database, and is compared with its manifest
 * by the next start (see syncStages), should it come to that.
 */
export class StageFlusher {
  readonly #database: StoreDatabase;
  readonly #workspace: Workspace;
  readonly #settings: FlusherSettings;
  #keys: string[] = [];
  #files: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushed: Promise<void> = Promise.resolve();

  constructor(database: StoreDatabase, workspace: Workspace, settings: FlusherSettings) {
    this.#database = database;
    this.#workspace = workspace;
    this.#settings = settings;
  }

  /** Notes a finished stage; it is flushed within half a second, or with the next {@link flush}. */
  add(key: string, files: readonly string[]): void {
    this.#keys.push(key);
    this.#files.push(...files);
    this.#timer ??= setTimeout(() => void this.flush().catch(this.#settings.onError), SOON_MS);
  }

  /** Resolves when all that was added is on the disk. Fails with E_WRITE. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushed = this.#flushed.then(() => this.#flushAdded());
    return this.#flushed;
  }

  async #flushAdded(): Promise<void> {
    const [keys, files] = [this.#keys, this.#files];
    [this.#keys, this.#files] = [[], []];
    if (keys.length === 0) return;
    const { stages } = this.#workspace;
    try {
      if (files.length <= FEW_FILES || !(await this.#settings.syncFileSystem(stages))) {
        await flushFiles(files);
        await syncFolder(stages);
      }
    } catch (error) {
      throw writeError(error, stages);
    }
    markFlushed(this.#database, keys);
  }
}
