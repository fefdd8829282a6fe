import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SweetspotError } from '../../src/core/errors.ts';
import { acquireLock } from '../../src/store/lock.ts';
import { createWorkspace, workspaceAt } from '../../src/store/workspace.ts';
import { tempDir } from '../support/tmp.ts';

function newWorkspace() {
  const workspace = workspaceAt(tempDir());
  createWorkspace(workspace);
  return workspace;
}

describe('acquireLock', () => {
  it('refuses a second orchestrator and names the first', () => {
    const workspace = newWorkspace();
    const lock = acquireLock(workspace);
    let refusal: unknown;
    try {
      acquireLock(workspace);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(SweetspotError);
    expect(refusal).toMatchObject({ code: 'E_STORE', exitCode: 5 });
    expect(String(refusal)).toContain(`process ${process.pid}`);
    lock.release();
    acquireLock(workspace).release();
    expect(existsSync(`${workspace.lockFile}.holder`)).toBe(false);
  });

  it('is dropped by the kernel when its holder is killed', async () => {
    const workspace = newWorkspace();
    const holder = spawn(
      process.execPath,
      [
        '-e',
        `const D = require('better-sqlite3'); const d = new D(process.argv[1]); d.exec('BEGIN EXCLUSIVE');
         console.log('held'); setInterval(() => {}, 1000);`,
        workspace.lockFile,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], cwd: join(import.meta.dirname, '../..') },
    );
    await once(holder.stdout, 'data');
    expect(() => acquireLock(workspace)).toThrow(/another sweetspot is running/);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    acquireLock(workspace).release();
  });

  it('says that a lock file is no lock file', () => {
    const workspace = newWorkspace();
    writeFileSync(
      workspace.lockFile,
      'this is no database at all, but long enough to be taken for one'.repeat(50),
    );
    expect(() => acquireLock(workspace)).toThrow(/the lock of the workspace cannot be taken/);
  });
});
