import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { failedAttempts, secondsPerUnit } from '../../src/store/attempts.ts';
import { openForReading, openForWriting } from '../../src/store/database.ts';
import { MIGRATIONS } from '../../src/store/migrations.ts';
import { completedStages, listStates } from '../../src/store/stageRows.ts';
import { findSweep, pictureBatches } from '../../src/store/sweepRecords.ts';
import { tempDir } from '../support/tmp.ts';

const golden = join(import.meta.dirname, '../golden/store');
const recorded = readdirSync(golden)
  .filter(name => /^v\d+\.db$/.test(name))
  .map(name => ({ name, version: Number(name.slice(1, -3)) }));

function copyOf(name: string): string {
  const path = join(tempDir(), 'store.db');
  copyFileSync(join(golden, name), path);
  return path;
}

const schemaOf = (database: Database.Database): unknown =>
  database
    .prepare('SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name')
    .all();

describe.each(recorded)('a store of schema version $version', ({ name, version }) => {
  it('opens with everything that was in it', () => {
    const database = openForWriting(copyOf(name));
    expect([...completedStages(database)].sort()).toEqual(['picture', 'snapshot', 'snapshot-state']);
    expect(listStates(database)).toEqual([
      { snapshotKey: 'snapshot', trajectoryKey: 'trajectory', step: 50 },
    ]);
    expect(findSweep(database, 'cat')).toMatchObject({
      text: 'name: cat\n',
      plan: { trials: [{ id: 'one' }] },
      state: 'failed',
      backend: 'wasm',
    });
    expect(pictureBatches(database, 'cat')).toEqual([['picture', 'other']]);
    expect(failedAttempts(database, 'cat').map(({ job }) => job)).toEqual(['train-2']);
    expect(secondsPerUnit(database)).toEqual({ 'train cat': 0.5 });
    database.close();
  });

  it('has the schema of a new store afterwards, and whole references', () => {
    const old = openForWriting(copyOf(name));
    const fresh = openForWriting(join(tempDir(), 'store.db'));
    expect(old.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length);
    expect(schemaOf(old)).toEqual(schemaOf(fresh));
    expect(old.pragma('foreign_key_check')).toEqual([]);
    expect(old.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  it('is read as it is, without a change to the file', () => {
    const path = copyOf(name);
    const database = openForReading(path);
    expect(schemaOf(database)).toEqual(schemaOf(openForWriting(join(tempDir(), 'store.db'))));
    expect(findSweep(database, 'cat')).toMatchObject({ state: 'failed' });
    expect(readFileSync(path).equals(readFileSync(join(golden, name)))).toBe(true);
  });

  it('is backed up before it changes, and only then', () => {
    const path = copyOf(name);
    openForWriting(path).close();
    const backup = `${path}.v${version}.backup`;
    expect(existsSync(backup)).toBe(version < MIGRATIONS.length);
    if (version === MIGRATIONS.length) return;
    const kept = new Database(backup, { readonly: true });
    expect(kept.pragma('user_version', { simple: true })).toBe(version);
    expect(kept.prepare('SELECT count(*) AS n FROM stages').get()).toEqual({ n: 3 });
  });
});

describe('migrations', () => {
  it('have a recorded store for every version before this one', () => {
    const versions = recorded.map(({ version }) => version);
    for (let version = 1; version < MIGRATIONS.length; version += 1) expect(versions).toContain(version);
    expect(versions).toContain(1);
  });

  it('refuse what a newer program wrote, reading and writing, and leave it alone', () => {
    const path = copyOf('v1.db');
    const newer = new Database(path);
    newer.pragma(`user_version = ${MIGRATIONS.length + 1}`);
    newer.close();
    const refusal = expect.objectContaining({ code: 'E_STORE', exitCode: 5, hint: 'Update sweetspot' });
    expect(() => openForWriting(path)).toThrow(refusal);
    expect(() => openForReading(path)).toThrow(refusal);
    const after = new Database(path, { readonly: true });
    expect(after.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length + 1);
  });
});
