import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openForReading, openForWriting } from '../../src/store/database.ts';
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
