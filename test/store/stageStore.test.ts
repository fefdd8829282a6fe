import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/core/hash.ts';
import { openForReading, openForWriting } from '../../src/store/database.ts';
import { completedStages, listStates, unflushedStages } from '../../src/store/stageRows.ts';
import {
  completeStage,
  partialDir,
  readManifest,
  type StageFacts,
  stageDir,
} from '../../src/store/stageStore.ts';
import { StoreSession } from '../../src/store/storeSession.ts';
import { syncStages } from '../../src/store/syncStages.ts';
import { createWorkspace, type Workspace, workspaceAt } from '../../src/store/workspace.ts';
import { tempDir } from '../support/tmp.ts';

function newStore() {
  const workspace = workspaceAt(tempDir());
  createWorkspace(workspace);
  return { workspace, database: openForWriting(workspace.databaseFile) };
}

const facts = (key: string, parameters: Record<string, unknown> = {}): StageFacts => ({
  key,
  kind: 'sample',
  semantics: 1,
  label: `stage ${key}`,
  parameters,
  digests: {},
  needs: [],
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: '2026-01-01T00:00:01.000Z',
  seconds: 1,
  backend: 'wasm',
  threads: 2,
  versions: {},
  tool: '0.1.0',
});

function fillPartial(workspace: Workspace, key: string, attempt: number, content: string): string {
  const dir = partialDir(workspace, key, attempt);
  mkdirSync(join(dir, 'unet'), { recursive: true });
  writeFileSync(join(dir, 'image.png'), content);
  writeFileSync(join(dir, 'unet', 'weights'), `${content} weights`);
  return dir;
}

describe('completeStage', () => {
  it('leaves a folder with a manifest of every file, a row, and no partial', async () => {
    const { workspace, database } = newStore();
    await completeStage(database, workspace, fillPartial(workspace, 'aaa', 7, 'one'), facts('aaa'));
    expect(readdirSync(workspace.stages)).toEqual(['aaa']);
    expect([...completedStages(database)]).toEqual(['aaa']);
    expect(readManifest(workspace, 'aaa')?.files).toEqual([
      { path: 'image.png', size: 3, sha256: sha256Hex('one') },
      { path: 'unet/weights', size: 11, sha256: sha256Hex('one weights') },
    ]);
  });

  it('keeps what an earlier attempt completed, unless the stage grows', async () => {
    const { workspace, database } = newStore();
    await completeStage(database, workspace, fillPartial(workspace, 'aaa', 1, 'first'), facts('aaa'));
    await completeStage(database, workspace, fillPartial(workspace, 'aaa', 2, 'second'), facts('aaa'));
    expect(readFileSync(join(stageDir(workspace, 'aaa'), 'image.png'), 'utf8')).toBe('first');
    await completeStage(database, workspace, fillPartial(workspace, 'aaa', 3, 'grown'), facts('aaa'), {
      replace: true,
    });
    expect(readFileSync(join(stageDir(workspace, 'aaa'), 'image.png'), 'utf8')).toBe('grown');
    expect(readdirSync(workspace.stages)).toEqual(['aaa']);
  });

  it('notes which snapshot a state belongs to', async () => {
    const { workspace, database } = newStore();
    const stateOf = { snapshotKey: 'aaa', trajectoryKey: 'ttt', step: 50 };
    await completeStage(
      database,
      workspace,
      fillPartial(workspace, 'aaa-state', 1, 's'),
      facts('aaa-state', { stateOf }),
    );
    expect(listStates(database)).toEqual([stateOf]);
  });
});

describe('syncStages', () => {
  it('removes leftovers of dead attempts and rows without a folder', async () => {
    const { workspace, database } = newStore();
    await completeStage(database, workspace, fillPartial(workspace, 'aaa', 1, 'a'), facts('aaa'));
    await completeStage(database, workspace, fillPartial(workspace, 'bbb', 2, 'b'), facts('bbb'));
    fillPartial(workspace, 'ccc', 3, 'half');
    rmSync(stageDir(workspace, 'bbb'), { recursive: true });
    expect(await syncStages(database, workspace)).toEqual({ removed: 1, found: 0 });
    expect(readdirSync(workspace.stages)).toEqual(['aaa']);
    expect([...completedStages(database)]).toEqual(['aaa']);
  });

  it('gives a finished folder the name that a crash kept from it, and lets go of torn ones', async () => {
    const { workspace, database } = newStore();
    await completeStage(database, workspace, fillPartial(workspace, 'aaa', 1, 'one'), facts('aaa'));
    // As it stands between the manifest and the rename; the same for a block that grows, between its two renames.
    renameSync(stageDir(workspace, 'aaa'), partialDir(workspace, 'aaa', 2));
    mkdirSync(join(workspace.stages, 'aaa.old.partial'));
    const torn = fillPartial(workspace, 'bbb', 3, 'two');
    await completeStage(database, workspace, torn, facts('bbb'));
    renameSync(stageDir(workspace, 'bbb'), torn);
    truncateSync(join(torn, 'image.png'), 1);
    await syncStages(database, workspace);
    expect(readdirSync(workspace.stages)).toEqual(['aaa']);
    expect(readFileSync(join(stageDir(workspace, 'aaa'), 'image.png'), 'utf8')).toBe('one');
    expect([...completedStages(database)]).toEqual(['aaa']);
  });

  it('rebuilds a lost database from the manifests', async () => {
    const { workspace, database } = newStore();
    const stateOf = { snapshotKey: 'aaa', trajectoryKey: 'ttt', step: 3 };
    await completeStage(database, workspace, fillPartial(workspace, 'aaa', 1, 'a'), facts('aaa'));
    await completeStage(
      database,
      workspace,
      fillPartial(workspace, 'aaa-state', 1, 'a'),
      facts('aaa-state', { stateOf }),
    );
    database.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${workspace.databaseFile}${suffix}`, { force: true });
    const rebuilt = openForWriting(workspace.databaseFile);
    expect(await syncStages(rebuilt, workspace)).toEqual({ removed: 0, found: 2 });
    expect([...completedStages(rebuilt)].sort()).toEqual(['aaa', 'aaa-state']);
    expect(listStates(rebuilt)).toEqual([stateOf]);
  });

  it('makes sure of what nobody saw reach the disk, and of that alone', async () => {
    const { workspace, database } = newStore();
    const settings = { syncFileSystem: async () => false, onError: () => undefined };
    const session = new StoreSession(database, workspace, settings);
    for (const key of ['whole', 'torn']) {
      const quick = { ...facts(key), seconds: 0.01 };
      await completeStage(database, workspace, fillPartial(workspace, key, 1, key), quick, { session });
    }
    const slow = fillPartial(workspace, 'slow', 1, 'slow');
    await completeStage(database, workspace, slow, facts('slow'), { session });
    session.commits.commit();
    expect(unflushedStages(database).sort()).toEqual(['torn', 'whole']);
    // The machine loses power.
    truncateSync(join(stageDir(workspace, 'torn'), 'unet', 'weights'), 2);
    expect(await syncStages(database, workspace)).toEqual({ removed: 1, found: 0 });
    expect([...completedStages(database)].sort()).toEqual(['slow', 'whole']);
    expect(readdirSync(workspace.stages).sort()).toEqual(['slow', 'whole']);
    expect(unflushedStages(database)).toEqual([]);
    await session.settle();
  });

  it('puts a folder whose manifest is torn aside, so that it is made anew', async () => {
    const { workspace, database } = newStore();
    await completeStage(database, workspace, fillPartial(workspace, 'aaa', 1, 'a'), facts('aaa'));
    database.prepare('DELETE FROM stages').run();
    writeFileSync(join(stageDir(workspace, 'aaa'), 'manifest.json'), '{"key": "aaa", "fi');
    await syncStages(database, workspace);
    expect(existsSync(stageDir(workspace, 'aaa'))).toBe(false);
    expect(readdirSync(join(workspace.home, 'quarantine'))).toHaveLength(1);
    expect(completedStages(database).size).toBe(0);
  });
});

describe('the database', () => {
  it('refuses a store of a newer version', () => {
    const { workspace, database } = newStore();
    database.pragma('user_version = 999');
    database.close();
    expect(() => openForWriting(workspace.databaseFile)).toThrow(/newer sweetspot/);
    expect(() => openForReading(workspace.databaseFile)).toThrow(/newer sweetspot/);
  });

  it('holds no sweep where an orchestrator was killed before it wrote anything', () => {
    const { databaseFile } = newStore().workspace;
    const empty = `${databaseFile}.empty`;
    writeFileSync(empty, '');
    expect(() => openForReading(empty)).toThrow(/no sweep in this workspace yet/);
  });

  it('says so when the file is no database', () => {
    const { workspace, database } = newStore();
    database.close();
    for (const suffix of ['-wal', '-shm']) rmSync(`${workspace.databaseFile}${suffix}`, { force: true });
    writeFileSync(workspace.databaseFile, 'garbage '.repeat(1000));
    expect(() => openForWriting(workspace.databaseFile)).toThrow(/the store cannot be opened or used/);
  });

  it('can be read while the orchestrator writes', () => {
    const { workspace, database } = newStore();
    database.exec('BEGIN IMMEDIATE');
    database.prepare(`INSERT INTO stages VALUES ('k', 'sample', 'l', 1, 1, 'wasm', 'now', 1)`).run();
    const reader = openForReading(workspace.databaseFile);
    expect(completedStages(reader).size).toBe(0);
    database.exec('COMMIT');
    expect(completedStages(reader).size).toBe(1);
    reader.close();
  });
});
