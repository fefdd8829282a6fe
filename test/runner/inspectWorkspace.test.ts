import { appendFileSync, existsSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectWorkspace } from '../../src/runner/inspectWorkspace.ts';
import { acquireLock } from '../../src/store/lock.ts';
import { networkFileSystem } from '../../src/store/networkFileSystem.ts';
import { type Workspace, workspaceAt } from '../../src/store/workspace.ts';
import { tempDir } from '../support/tmp.ts';
import { runTinySweep } from './tinySweep.ts';

const look = (workspace: Workspace) => inspectWorkspace(workspace, { repair: false });
const repair = (workspace: Workspace) => inspectWorkspace(workspace, { repair: true });
const levels = (findings: Awaited<ReturnType<typeof look>>): string[] => findings.map(({ level }) => level);

/** A file of a picture's stage, and the stage's key. */
function somePicture({ stages }: Workspace): { key: string; path: string } {
  const key = readdirSync(stages).find(
    name => existsSync(join(stages, name, 'picture.png')) && !name.endsWith('-state'),
  );
  return { key: key ?? '', path: join(stages, key ?? '', 'picture.png') };
}

describe('inspectWorkspace', () => {
  it('finds nothing wrong where nothing is', async () => {
    const empty = workspaceAt(tempDir());
    expect(levels(await look(empty))).toEqual(['ok']);
    expect(existsSync(empty.home)).toBe(false);
    const { workspace } = await runTinySweep();
    expect(await look(workspace)).toEqual([
      { level: 'ok', what: expect.stringMatching(/^10 stages looked at: 10 files/) },
    ]);
  });

  it.each([
    ['grown', (path: string) => appendFileSync(path, 'x'), /bytes instead of/],
    ['cut short', (path: string) => truncateSync(path, 3), /has 3 bytes/],
    ['changed', (path: string) => writeFileSync(path, 'x'.repeat(64)), /other content|bytes instead/],
    ['gone', (path: string) => rmSync(path), /picture.png is missing/],
  ])(
    'puts a stage aside whose file is %s, and the next run makes that one anew',
    async (_name, damage, what) => {
      const { workspace } = await runTinySweep();
      const { key, path } = somePicture(workspace);
      damage(path);
      expect(await look(workspace)).toContainEqual(
        expect.objectContaining({ level: 'problem', what: expect.stringMatching(what) }),
      );
      const mended = await repair(workspace);
      expect(mended).toContainEqual(
        expect.objectContaining({ level: 'mended', what: expect.stringContaining(key) }),
      );
      expect(readdirSync(join(workspace.home, 'quarantine'))).toHaveLength(1);
      expect(levels(await look(workspace))).toEqual(['ok']);
      expect((await runTinySweep({ workspace })).jobs).toHaveLength(1);
    },
  );

  it.each([
    ['is lost', (path: string) => rmSync(path), 'mended'],
    [
      'is no database',
      (path: string) => writeFileSync(path, 'this is no database at all'.repeat(100)),
      'mended',
    ],
    ['is cut short', (path: string) => truncateSync(path, 8192), 'mended'],
  ])('rebuilds a database that %s: nothing is computed again', async (_name, damage, level) => {
    const { workspace } = await runTinySweep();
    damage(workspace.databaseFile);
    expect(levels(await look(workspace))).toContain('problem');
    expect(levels(await repair(workspace))).toContain(level);
    expect(levels(await look(workspace))).toEqual(['ok']);
    expect((await runTinySweep({ workspace })).jobs).toEqual([]);
  });

  it('tells rows and folders that do not agree', async () => {
    const { workspace } = await runTinySweep();
    rmSync(join(workspace.stages, somePicture(workspace).key), { recursive: true });
    expect(await look(workspace)).toContainEqual(
      expect.objectContaining({ level: 'problem', what: expect.stringMatching(/^1 stages in the database/) }),
    );
    expect(levels(await repair(workspace))).toEqual(['mended', 'ok']);
  });

  it('mends nothing under a running sweep, and looks all the same', async () => {
    const { workspace } = await runTinySweep();
    const lock = acquireLock(workspace);
    await expect(repair(workspace)).rejects.toMatchObject({ code: 'E_STORE' });
    expect(await look(workspace)).toContainEqual({ level: 'ok', what: 'a sweep is running here now' });
    lock.release();
  });
});

describe('networkFileSystem', () => {
  it('knows them by their numbers, also where those come with a sign', () => {
    expect(networkFileSystem('/x', () => 0x6969)).toBe('NFS');
    expect(networkFileSystem('/x', () => 0xfe534d42 | 0)).toBe('SMB2');
    expect(networkFileSystem('/x', () => 0xef53)).toBeUndefined();
    expect(networkFileSystem('/does/not/exist')).toBeUndefined();
    expect(networkFileSystem(tempDir())).toBeUndefined();
  });
});
