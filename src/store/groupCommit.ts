import type { StoreDatabase } from './database.ts';

/** How long a write may wait for others. A reader sees it so much later; a kill loses what the folders tell again. */
const WINDOW_MS = 10;

/** Writes of a busy moment share one transaction: each by itself would cost more than most of the jobs that it tells of. */
export class GroupCommit {
  readonly #database: StoreDatabase;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param onError hears why a group that nobody waits for could not be committed */
  constructor(database: StoreDatabase, onError: (error: unknown) => void) {
    this.#database = database;
    this.#onError = onError;
  }

  /** What is written next, until the process gets to something else, belongs to the group. */
  join(): void {
    if (this.#database.inTransaction) return;
    this.#database.exec('BEGIN');
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      try {
        this.commit();
      } catch (error) {
        this.#onError(error);
      }
    }, WINDOW_MS);
  }

  /** Commits what there is. */
  commit(): void {
    clearTimeout(this.#timer);
    // A write that failed for want of space has rolled the group back already.
    if (this.#database.inTransaction) this.#database.exec('COMMIT');
  }
}
