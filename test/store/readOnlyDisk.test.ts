import { chmodSync, mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { awaitOldWorkers, recordWorker } from '../../src/runner/oldWorkers.ts';
import { databaseFault, openForReading, openForWriting, setDatabaseAside } from '../../src/store/database.ts';
import { acquireLock } from '../../src/store/lock.ts';
import { listSweeps, saveSweep } from '../../src/store/sweepRecords.ts';
import { createWorkspace, workspaceAt } from '../../src/store/workspace.ts';
import { tempDir } from '../support/tmp.ts';

it('reads a store whose shared memory cannot be made, as on a read-only disk', () => {
  const workspace = workspaceAt(tempDir());
  createWorkspace(workspace);
  const writer = openForWriting(workspace.databaseFile);
  saveSweep(writer, { name: 'a', file: '/a.yaml', text: '', plan: {}, state: 'complete' }, 'now');
  writer.close();
  // A folder in its place keeps SQLite from making the file, whoever runs this.
  mkdirSync(`${workspace.databaseFile}-shm`);
  const reader = openForReading(workspace.databaseFile);
  expect(listSweeps(reader).map(({ name }) => name)).toEqual(['a']);
  reader.close();
});

/** Nothing is read-only for root: it becomes somebody else. */
async function asSomebodyElse(act: () => unknown): Promise<void> {
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65_534);
  try {
    await act();
  } finally {
    if (root) process.seteuid?.(0);
  }
}

it.skipIf(process.platform === 'win32')(
  "says what cannot be written in somebody else's workspace, and reads it",
  async () => {
    const root = tempDir();
    const workspace = workspaceAt(root);
    createWorkspace(workspace);
    const writer = openForWriting(workspace.databaseFile);
    saveSweep(writer, { name: 'a', file: '/a.yaml', text: '', plan: {}, state: 'complete' }, 'now');
    writer.close();
    recordWorker(workspace, 2 ** 30);
    const lock = acquireLock(workspace);
    chmodSync(root, 0o755);
    chmodSync(workspace.home, 0o555);
    chmodSync(`${workspace.home}/workers`, 0o555);
    try {
      await asSomebodyElse(async () => {
        const reader = openForReading(workspace.databaseFile);
        expect(listSweeps(reader).map(({ name }) => name)).toEqual(['a']);
        reader.close();
        expect(databaseFault(workspace.databaseFile)).toBeUndefined();
        const refusal = { code: 'E_WRITE' };
        await expect(awaitOldWorkers(workspace)).rejects.toMatchObject(refusal);
        expect(() => setDatabaseAside(workspace.databaseFile)).toThrow(expect.objectContaining(refusal));
        expect(() => lock.release()).not.toThrow();
      });
    } finally {
      chmodSync(workspace.home, 0o755);
      chmodSync(`${workspace.home}/workers`, 0o755);
    }
  },
);
