import { join, resolve } from 'node:path';
import { makeFolder } from '../core/makeFolder.ts';

/** The folders of a workspace: everything a sweep leaves behind lies below `root`. */
export interface Workspace {
  root: string;
  /** `.sweetspot/` */
  home: string;
  stages: string;
  /** Notes of stages that were let go to free their space. */
  released: string;
  checkpoints: string;
  /** Of pictures, as reports show them; can be made anew. */
  thumbnails: string;
  logs: string;
  reports: string;
  databaseFile: string;
  lockFile: string;
}

/** Names the folders of the workspace at `root`; creates nothing. */
export function workspaceAt(root: string): Workspace {
  const home = join(resolve(root), '.sweetspot');
  return {
    root: resolve(root),
    home,
    stages: join(home, 'stages'),
    released: join(home, 'released'),
    checkpoints: join(home, 'checkpoints'),
    thumbnails: join(home, 'thumbnails'),
    logs: join(home, 'logs'),
    reports: join(resolve(root), 'reports'),
    databaseFile: join(home, 'store.db'),
    lockFile: join(home, 'lock.db'),
  };
}

/** Creates the folders that are missing. Fails with E_WRITE where the workspace cannot be written. */
export function createWorkspace(workspace: Workspace): void {
  for (const folder of [workspace.stages, workspace.checkpoints, workspace.logs]) {
    makeFolder(folder);
  }
}
