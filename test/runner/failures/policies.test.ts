import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/runner/events.ts';
import { failedAttempts } from '../../../src/store/attempts.ts';
import { openForReading } from '../../../src/store/database.ts';
import { workspaceAt } from '../../../src/store/workspace.ts';
import { tempDir } from '../../support/tmp.ts';
import { DOES_ITS_JOB, fakeWorker } from '../fakeWorker.ts';
import { runFake } from '../runFake.ts';

const LIMITS = { maxFailures: null, failFast: false, stageMs: null, hangMs: 600_000 };
const RATES = '[1e-3, 2e-3, 3e-3]';

/** Says that trainings fail in this way; pictures of the untrained model are made. */
const trainingFails = (error: object): string =>
  fakeWorker(`if (job.kind === 'dreambooth')
    return send({ type: 'failed', job: job.id, error: ${JSON.stringify(error)} });
  ${DOES_ITS_JOB}`);

const started = (events: readonly RunEvent[], kind = 'dreambooth'): number =>
  events.filter(event => event.event === 'job' && event.kind === kind).length;
const ends = (events: readonly RunEvent[], outcome: string): RunEvent[] =>
  events.filter(event => event.event === 'jobEnd' && event.outcome === outcome);

describe('failures', () => {
  it('of the sweep itself are not tried again, and the others go on', async () => {
    const { end, events } = await runFake(trainingFails({ code: 'E_NOT_FINITE', what: 'the loss is NaN' }), {
      rates: RATES,
    });
    expect(end).toEqual({ state: 'failed', failures: 9, reason: null });
    expect(started(events)).toBe(3);
    expect(ends(events, 'failed')).toMatchObject([{ class: 'nan' }, { class: 'nan' }, { class: 'nan' }]);
    expect(ends(events, 'blocked')).toHaveLength(6);
    expect(started(events, 'sample')).toBe(1);
  });

  it('for want of memory end all equal jobs on such a slot, untried', async () => {
    const { end, events, workspace } = await runFake(
      trainingFails({ code: 'E_OUT_OF_MEMORY', what: 'the tensor heap is full' }),
      { rates: RATES },
    );
    expect(end.state).toBe('failed');
    expect(started(events)).toBe(1);
    expect(ends(events, 'failed')).toMatchObject([
      { class: 'out-of-memory', slot: 'cpu 0' },
      { class: 'out-of-memory', slot: null, error: { what: 'not tried: an equal job ran out of memory' } },
      { class: 'out-of-memory', slot: null },
    ]);
    const database = openForReading(workspace.databaseFile);
    expect(failedAttempts(database, 'tiny')).toHaveLength(3);
    database.close();
  });

  it('that nobody understands are tried once more', async () => {
    const { events } = await runFake(trainingFails({ code: 'E_INTERNAL', what: 'TypeError: x' }));
    expect(started(events)).toBe(2);
    expect(ends(events, 'failed')).toMatchObject([{ class: 'unknown' }]);
  });

  it('leave class, log and slot in the store', async () => {
    const { workspace } = await runFake(
      fakeWorker(`if (job.kind !== 'dreambooth') { ${DOES_ITS_JOB} return; }
        console.error('something went wrong here'); process.kill(process.pid, 'SIGKILL');`),
    );
    const database = openForReading(workspace.databaseFile);
    expect(failedAttempts(database, 'tiny')).toMatchObject([
      {
        outcome: 'lost',
        class: 'killed',
        slot: 'cpu 0',
        log: 'something went wrong here',
        kind: 'dreambooth',
      },
    ]);
    database.close();
  });

  it('three in a row on the only slot end the run, and what is finished stays', async () => {
    const workspace = workspaceAt(tempDir());
    const entry = fakeWorker(`if (job.kind !== 'dreambooth') { ${DOES_ITS_JOB} return; } process.exit(139);`);
    await expect(runFake(entry, { rates: RATES, workspace })).rejects.toMatchObject({
      code: 'E_BACKEND',
      what: 'no slot is left that works',
    });
    expect((await runFake(fakeWorker(DOES_ITS_JOB), { rates: RATES, workspace })).end.state).toBe('complete');
  });

  it('end the run at the first one, or when there are too many', async () => {
    const entry = trainingFails({ code: 'E_NOT_FINITE', what: 'the loss is NaN' });
    const first = await runFake(entry, { rates: RATES, limits: { ...LIMITS, failFast: true } });
    expect(first.end).toMatchObject({ state: 'failed', reason: 'fail-fast' });
    expect(started(first.events)).toBe(1);
    const second = await runFake(entry, { rates: RATES, limits: { ...LIMITS, maxFailures: 1 } });
    expect(second.end).toMatchObject({ state: 'failed', reason: 'max-failures' });
    expect(started(second.events)).toBe(2);
    const third = await runFake(entry, { rates: RATES, limits: { ...LIMITS, maxFailures: 3 } });
    expect(third.end.reason).toBeNull();
  });
});

describe('a worker that hangs', () => {
  const hangs = (how: string): string =>
    fakeWorker(`if (existsSync(state + '/seen')) { ${DOES_ITS_JOB} return; }
      writeFileSync(state + '/seen', '');
      await send({ type: 'progress', job: job.id, done: 1, total: 4, unit: 'step' });
      ${how}`);

  it.each([
    ['silently', ''],
    ['in a loop that hears nothing', 'for (;;) {}'],
    ['and ignores SIGTERM', `process.on('SIGTERM', () => {}); for (;;) {}`],
  ])('%s is ended, and its job done by another', async (_name, how) => {
    const { end, events } = await runFake(hangs(how), { limits: { ...LIMITS, hangMs: 400 } });
    expect(end.state).toBe('complete');
    const [first, second] = events.flatMap(event => (event.event === 'worker' ? [event.pid] : []));
    expect(second).toBeGreaterThan(0);
    expect(() => process.kill(first ?? 0, 0)).toThrow('ESRCH');
  });

  it('takes what it started with it', async () => {
    const { events, end } = await runFake(
      fakeWorker(`const { spawn } = await import('node:child_process');
        if (existsSync(state + '/seen')) { ${DOES_ITS_JOB} return; }
        const { pid } = spawn('sleep', ['600']);
        writeFileSync(state + '/seen', String(pid));
        await send({ type: 'warning', job: job.id, message: 'child ' + pid });
        for (;;) {}`),
      { limits: { ...LIMITS, hangMs: 400 } },
    );
    expect(end.state).toBe('complete');
    const warned = events.flatMap(event => (event.event === 'warning' ? [event.message] : []));
    const child = Number(/^child (\d+)$/.exec(warned[0] ?? '')?.[1]);
    expect(child).toBeGreaterThan(1);
    await expect.poll(() => isAlive(child)).toBe(false);
  });

  it('or is busy for too long fails without another attempt', async () => {
    const entry = fakeWorker(`if (job.kind !== 'dreambooth') { ${DOES_ITS_JOB} return; }
      for (let i = 1; i < 1000; i++) {
        await send({ type: 'progress', job: job.id, done: i, total: 1000, unit: 'step' });
        await new Promise(resolve => setTimeout(resolve, 20));
      }`);
    const { events, workspace } = await runFake(entry, { limits: { ...LIMITS, stageMs: 500 } });
    expect(started(events)).toBe(1);
    expect(ends(events, 'lost')).toMatchObject([{ class: 'hung', error: { code: 'E_TIMEOUT' } }]);
    expect(readdirSync(workspace.stages).filter(name => name.endsWith('.partial'))).toEqual([]);
  });
});

/** A zombie, which nobody in this container may reap, is dead. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !/^State:\s+Z/m.test(statusOf(pid));
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return 'State:\tZ';
  }
}
