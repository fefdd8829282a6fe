import type { StoreDatabase } from './database.ts';
import { GroupCommit } from './groupCommit.ts';
import { type FlusherSettings, StageFlusher } from './stageFlusher.ts';
import type { Workspace } from './workspace.ts';

/** The store while a sweep runs: what is written to it soon lasts, and costs little. */
export class StoreSession {
  readonly database: StoreDatabase;
  readonly workspace: Workspace;
  readonly commits: GroupCommit;
  readonly flusher: StageFlusher;

  constructor(database: StoreDatabase, workspace: Workspace, settings: FlusherSettings) {
    this.database = database;
    this.workspace = workspace;
    this.commits = new GroupCommit(database, settings.onError);
    this.flusher = new StageFlusher(database, workspace, settings);
  }

  /** Resolves when everything that was written lasts. */
  async settle(): Promise<void> {
    this.commits.commit();
    await this.flusher.flush();
  }
}
