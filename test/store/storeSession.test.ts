import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openForReading, openForWriting } from '../../src/store/database.ts';
import { completedStages, unflushedStages } from '../../src/store/stageRows.ts';
import { completeStage, partialDir, stageDir } from '../../src/store/stageStore.ts';
import { StoreSession } from '../../src/store/storeSession.ts';
import { createWorkspace, workspaceAt } from '../../src/store/workspace.ts';
import { tempDir } from '../support/tmp.ts';

function newSession({ syncs = true } = {}) {
  const workspace = workspaceAt(tempDir());
  createWorkspace(workspace);
  const database = openForWriting(workspace.databaseFile);
  const synced: string[] = [];
  const errors: unknown[] = [];
  const session = new StoreSession(database, workspace, {
    async syncFileSystem(path) {
      synced.push(path);
      return syncs;
    },
    onError: error => errors.push(error),
  });
  const complete = async (key: string, seconds = 0.01) => {
    const dir = partialDir(workspace, key, 1);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'picture.png'), key);
    await completeStage(
      database,
      workspace,
      dir,
      {
        key,
        kind: 'sample',
        semantics: 1,
        label: key,
        parameters: {},
        digests: {},
        needs: [],
        startedAt: '2026-01-01T00:00:00.000Z',
        finishedAt: '2026-01-01T00:00:01.000Z',
        seconds,
        backend: 'wasm',
        threads: 2,
        versions: {},
        tool: '0.1.0',
      },
      { session },
    );
  };
  return { workspace, database, session, synced, errors, complete };
}

describe('StoreSession', () => {
  it('commits the rows of a busy moment together, by itself', async () => {
    const { workspace, database, complete } = newSession();
    const reader = openForReading(workspace.databaseFile);
    await complete('one');
    await complete('two');
    expect(database.inTransaction).toBe(true);
    expect(completedStages(reader).size).toBe(0);
    while (database.inTransaction) await sleep(5);
    expect(completedStages(reader).size).toBe(2);
  });

  it('flushes few files by themselves and many with the whole file system', async () => {
    const { workspace, database, session, synced, complete } = newSession();
    await complete('one');
    await session.settle();
    expect(unflushedStages(database)).toEqual([]);
    expect(synced).toEqual([]);
    for (let i = 0; i < 10; i++) await complete(`many-${i}`);
    expect(unflushedStages(database)).toHaveLength(10);
    await session.settle();
    expect(unflushedStages(database)).toEqual([]);
    expect(synced).toEqual([workspace.stages]);
  });

  it('flushes files one by one where there is no call for the whole file system, those that are gone left out', async () => {
    const { workspace, database, session, synced, complete } = newSession({ syncs: false });
    for (let i = 0; i < 10; i++) await complete(`many-${i}`);
    rmSync(stageDir(workspace, 'many-3'), { recursive: true });
    await session.settle();
    expect(synced).toHaveLength(1);
    expect(unflushedStages(database)).toEqual([]);
  });

  it('flushes by itself after a moment, and what took long at once', async () => {
    const { database, complete } = newSession();
    await complete('slow', 5);
    expect(unflushedStages(database)).toEqual([]);
    await complete('quick');
    expect(unflushedStages(database)).toEqual(['quick']);
    while (unflushedStages(database).length > 0) await sleep(20);
  });

  it('says when what nobody waits for cannot be written', async () => {
    const { database, session, errors, complete } = newSession();
    await complete('one');
    database.exec('COMMIT');
    database.close();
    session.commits.commit();
    while (errors.length === 0) await sleep(20);
    expect(String(errors[0])).toMatch(/not open/);
  });
});
