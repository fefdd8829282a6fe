import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { awaitOldWorker, forgetWorker, recordWorker } from '../../src/runner/oldWorker.ts';
import { createWorkspace, type Workspace, workspaceAt } from '../../src/store/workspace.ts';
import { tempDir } from '../support/tmp.ts';

function newWorkspace(): Workspace {
  const workspace = workspaceAt(tempDir());
  createWorkspace(workspace);
  return workspace;
}

function longProcess(): { child: ChildProcess; pid: number } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, pid: child.pid ?? 0 };
}

describe('awaitOldWorker', () => {
  it('kills a worker that does not end by itself', async () => {
    const workspace = newWorkspace();
    const { child, pid } = longProcess();
    recordWorker(workspace, pid);
    const gone = once(child, 'exit');
    await awaitOldWorker(workspace, { graceMs: 100 });
    expect((await gone)[1]).toBe('SIGKILL');
    expect(readdirSync(workspace.home).sort()).toEqual(['checkpoints', 'logs', 'stages']);
  });

  it('waits for one that does', async () => {
    const workspace = newWorkspace();
    const { child, pid } = longProcess();
    recordWorker(workspace, pid);
    setTimeout(() => child.kill('SIGTERM'), 200);
    await awaitOldWorker(workspace, { graceMs: 60_000 });
    expect(child.signalCode ?? (await once(child, 'exit'))[1]).toBe('SIGTERM');
  });

  it('leaves another process of the same number alone', async () => {
    const workspace = newWorkspace();
    const { child, pid } = longProcess();
    recordWorker(workspace, pid);
    const file = join(workspace.home, 'worker.json');
    const record = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...record, started: 'at another time' }));
    await awaitOldWorker(workspace, { graceMs: 0 });
    expect(child.exitCode).toBeNull();
    expect(child.signalCode).toBeNull();
    expect(existsSync(file)).toBe(false);
  });

  it.each(['', '{', '{"pid":"x"}', '{"pid":-1,"started":"1"}'])(
    'takes no note of a torn record: %j',
    async text => {
      const workspace = newWorkspace();
      writeFileSync(join(workspace.home, 'worker.json'), text);
      await awaitOldWorker(workspace);
      forgetWorker(workspace);
      expect(existsSync(join(workspace.home, 'worker.json'))).toBe(false);
    },
  );
});
