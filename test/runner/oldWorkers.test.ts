import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { awaitOldWorkers, forgetWorker, recordWorker } from '../../src/runner/oldWorkers.ts';
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

describe('awaitOldWorkers', () => {
  it('kills a worker that does not end by itself', async () => {
    const workspace = newWorkspace();
    const { child, pid } = longProcess();
    recordWorker(workspace, pid);
    const gone = once(child, 'exit');
    await awaitOldWorkers(workspace, { graceMs: 100 });
    expect((await gone)[1]).toBe('SIGKILL');
    expect(readdirSync(workspace.home).sort()).toEqual(['checkpoints', 'logs', 'stages']);
  });

  it('waits for one that does', async () => {
    const workspace = newWorkspace();
    const { child, pid } = longProcess();
    recordWorker(workspace, pid);
    setTimeout(() => child.kill('SIGTERM'), 200);
    await awaitOldWorkers(workspace, { graceMs: 60_000 });
    expect(child.signalCode ?? (await once(child, 'exit'))[1]).toBe('SIGTERM');
  });

  it('leaves another process of the same number alone', async () => {
    const workspace = newWorkspace();
    const { child, pid } = longProcess();
    recordWorker(workspace, pid);
    const file = join(workspace.home, 'workers', `${pid}.json`);
    const record = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...record, started: 'at another time' }));
    await awaitOldWorkers(workspace, { graceMs: 0 });
    expect(child.exitCode).toBeNull();
    expect(child.signalCode).toBeNull();
    expect(existsSync(file)).toBe(false);
  });

  it.each(['', '{', '{"pid":"x"}', '{"pid":-1,"started":"1"}'])(
    'takes no note of a torn record: %j',
    async text => {
      const workspace = newWorkspace();
      mkdirSync(join(workspace.home, 'workers'));
      writeFileSync(join(workspace.home, 'workers/5.json'), text);
      await awaitOldWorkers(workspace);
      forgetWorker(workspace, 5);
      expect(existsSync(join(workspace.home, 'workers'))).toBe(false);
    },
  );
});
