import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sweepStatuses } from '../../src/runner/sweepStatus.ts';
import { openForWriting } from '../../src/store/database.ts';
import { acquireLock, isLocked } from '../../src/store/lock.ts';
import { setSweepState } from '../../src/store/sweepRecords.ts';
import { type Workspace, workspaceAt } from '../../src/store/workspace.ts';
import { tempDir } from '../support/tmp.ts';
import { DOES_ITS_JOB, fakeWorker } from './fakeWorker.ts';
import { runFake as run } from './runFake.ts';

const once = (first: string): string =>
  `if (!existsSync(state + '/seen')) { writeFileSync(state + '/seen', ''); ${first} }
   else { ${DOES_ITS_JOB} }`;

const partials = ({ stages }: Workspace): string[] =>
  readdirSync(stages).filter(name => name.endsWith('.partial'));

describe('runSweep', () => {
  it('runs a worker through all jobs, then nothing', async () => {
    const { end, workspace } = await run(fakeWorker(DOES_ITS_JOB));
    expect(end).toEqual({ state: 'complete', failures: 0, reason: null });
    expect(sweepStatuses(workspace)).toMatchObject([{ state: 'complete', steps: { done: 4, total: 4 } }]);
    expect(isLocked(workspace)).toBe(false);
    const again = await run(fakeWorker('process.exit(1);'), { workspace });
    expect(again.events.map(({ event }) => event)).toEqual(['start', 'end']);
  });

  it.each([
    ['that somebody stopped', `await send({ type: 'stopped', job: job.id });`],
    ['that died', `process.kill(process.pid, 'SIGKILL');`],
    ['that died in the middle of an output', `mkdirSync(job.outputs[0].dir); process.exit(1);`],
    ['that died behind an output', `await leave(job.outputs[0]); process.exit(1);`],
  ])('tries the job of a worker again %s', async (_name, first) => {
    const { end, events, workspace } = await run(fakeWorker(once(first)));
    expect(end).toEqual({ state: 'complete', failures: 0, reason: null });
    expect(events.filter(({ event }) => event === 'warning')).toHaveLength(1);
    expect(partials(workspace)).toEqual([]);
    expect(existsSync(join(workspace.home, 'workers', 'any.json'))).toBe(false);
    const keys = events.flatMap(event => (event.event === 'stage' ? [event.key] : []));
    expect(new Set(keys).size).toBeGreaterThan(4);
  });

  it('says when another file has the name of this sweep, as long as that one is there', async () => {
    const worker = fakeWorker(DOES_ITS_JOB);
    const { workspace } = await run(worker);
    const warnings = async (file: string) => {
      const { events } = await run(worker, { workspace, file });
      return events.flatMap(event => (event.event === 'warning' ? [event.message] : []));
    };
    expect(await warnings('tiny.yaml')).toEqual([]);
    expect(await warnings('copy.yaml')).toEqual([
      `${join(workspace.root, 'tiny.yaml')} was last run as tiny: record and report of that name are this file's now`,
    ]);
    expect(await warnings('copy.yaml')).toEqual([]);
    rmSync(join(workspace.root, 'copy.yaml'));
    expect(await warnings('moved.yaml')).toEqual([]);
  });

  it('ends when nothing can be written, with that error, and lets go of everything', async () => {
    const workspace = workspaceAt(tempDir());
    const full = `mkdirSync(job.outputs[0].dir);
      await send({ type: 'failed', job: job.id, error: { code: 'E_WRITE', what: 'cannot write: the disk is full' } });`;
    await expect(run(fakeWorker(full), { workspace })).rejects.toMatchObject({ code: 'E_WRITE' });
    expect(partials(workspace)).toEqual([]);
    expect(sweepStatuses(workspace)).toMatchObject([{ state: 'failed' }]);
    acquireLock(workspace).release();
    expect((await run(fakeWorker(DOES_ITS_JOB), { workspace })).end.state).toBe('complete');
  });

  it('ends when a finished folder cannot become a stage', async () => {
    const workspace = workspaceAt(tempDir());
    // A manifest that is a folder cannot be replaced by the real one.
    const blocked = `mkdirSync(job.outputs[0].dir + '/manifest.json/x', { recursive: true });
      await send({ type: 'output', job: job.id, key: job.outputs[0].key });
      await send({ type: 'done', job: job.id });`;
    await expect(run(fakeWorker(blocked), { workspace })).rejects.toMatchObject({ code: 'E_WRITE' });
    expect(partials(workspace)).toEqual([]);
    expect(isLocked(workspace)).toBe(false);
  });

  it('goes on with the slots and threads that the sweep began with, unless others are asked for', async () => {
    const workspace = workspaceAt(tempDir());
    const entry = fakeWorker(DOES_ITS_JOB, { hello: { threads: 3 } });
    const wishes = { usualShares: null, gpus: null, shareGpus: false };
    const slotsOf = async (slots: number | null, threads: number | null, seeds: string) => {
      const { events } = await run(entry, { workspace, seeds, slots: { ...wishes, slots, threads } });
      return events.flatMap(event => (event.event === 'slots' ? event.slots : []));
    };
    expect(await slotsOf(2, 3, '[0]')).toMatchObject([
      { slot: 'cpu 0', threads: 3 },
      { slot: 'cpu 1', threads: 3 },
    ]);
    expect(await slotsOf(null, null, '[0, 1]')).toMatchObject([{ threads: 3 }, { threads: 3 }]);
    expect(await slotsOf(1, null, '[0, 1, 2]')).toMatchObject([{ threads: 3 }]);
    expect(await slotsOf(null, 1, '[0, 1, 2, 3]')).toMatchObject([{ threads: 1 }]);
  });

  it('hears a stop while its worker starts', async () => {
    const controller = new AbortController();
    const workspace = workspaceAt(tempDir());
    const entry = fakeWorker('throw new Error("never sent");', {
      start: 'await new Promise(resolve => setTimeout(resolve, 500));',
    });
    setTimeout(() => controller.abort(), 100);
    const { end, events } = await run(entry, { signal: controller.signal, workspace });
    expect(end.state).toBe('stopped');
    expect(events.some(({ event }) => event === 'job')).toBe(false);
    expect(sweepStatuses(workspace)).toMatchObject([{ state: 'stopped', failures: [] }]);
  });

  it('lets go of the lock when the store cannot be opened', async () => {
    const workspace = workspaceAt(tempDir());
    mkdirSync(workspace.databaseFile, { recursive: true });
    await expect(run(fakeWorker(DOES_ITS_JOB), { workspace })).rejects.toMatchObject({
      name: 'SweetspotError',
    });
    expect(isLocked(workspace)).toBe(false);
  });

  it('calls a run interrupted whose orchestrator is gone, and tidies up after it', async () => {
    const entry = fakeWorker(DOES_ITS_JOB);
    const { workspace } = await run(entry);
    const database = openForWriting(workspace.databaseFile);
    setSweepState(database, 'tiny', 'running', new Date().toISOString());
    database.close();
    expect(sweepStatuses(workspace)).toMatchObject([{ state: 'interrupted' }]);
    const lock = acquireLock(workspace);
    expect(isLocked(workspace)).toBe(true);
    expect(sweepStatuses(workspace)).toMatchObject([{ state: 'running' }]);
    lock.release();
    const [trajectory = ''] = readdirSync(workspace.stages);
    mkdirSync(join(workspace.stages, `${trajectory}.9.partial`));
    await run(entry, { workspace });
    expect(partials(workspace)).toEqual([]);
    expect(sweepStatuses(workspace)).toMatchObject([{ state: 'complete' }]);
  });
});
