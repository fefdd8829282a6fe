import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tempDir } from '../support/tmp.ts';
import { writeChaosSweep } from './chaosSweep.ts';
import { startOrchestrator } from './processes.ts';
import { leftovers, resultBytes } from './results.ts';

/** Mounts a small disk in memory; false where this user may not. */
function mountSmallDisk(dir: string, kilobytes: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', dir], { stdio: 'ignore' });
    onTestFinished(() => void execFileSync('umount', ['-l', dir]));
    return true;
  } catch {
    return false;
  }
}

describe('a disk that is full', () => {
  it('ends the run with one line; with more room the same command goes on to the same bytes', async context => {
    const dir = tempDir();
    const small = join(dir, 'small');
    mkdirSync(small);
    if (process.platform !== 'linux' || !mountSmallDisk(small, 1_500))
      return context.skip('may not mount a disk');
    const file = writeChaosSweep(dir);
    const run = (workspace: string) =>
      startOrchestrator(file, workspace, { slots: 1, hangMs: 600_000, mark: `small-disk-${process.pid}` })
        .end;
    const full = await run(small);
    expect(full.code).toBe(1);
    expect(full.stderr).toMatch(/cannot write: the disk (is full|fails or is full)/);
    execFileSync('mount', ['-o', 'remount,size=100m', small]);
    expect((await run(small)).code).toBe(0);
    expect((await run(dir)).code).toBe(0);
    expect(resultBytes(small)).toEqual(resultBytes(dir));
    expect(leftovers(small)).toEqual([]);
  });
});
