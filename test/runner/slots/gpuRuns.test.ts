import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../../../src/runner/events.ts';
import { tempDir } from '../../support/tmp.ts';
import { DOES_ITS_JOB, fakeWorker } from '../fakeWorker.ts';
import { runFake } from '../runFake.ts';
import { FOUR_GPUS, fakeNvidiaSmi } from './fakeNvidiaSmi.ts';

afterEach(() => vi.unstubAllEnvs());

const NOTHING_SAID = { slots: null, usualShares: null, gpus: null, shareGpus: false, threads: null };
const GPU = { hello: { device: 'gpu' } };
const busy = (text: string, index: number, mib: number): string =>
  text.replace(new RegExp(`^(${index}, .*), \\d+$`, 'm'), `$1, ${mib}`);
const ALL_FREE = busy(FOUR_GPUS, 2, 3);

/** A worker that notes which GPU it sees, and takes a moment for each job. */
const slow = (dir: string, ms = 150): string =>
  fakeWorker(
    `appendFileSync(${JSON.stringify(join(dir, 'seen'))}, process.env.CUDA_VISIBLE_DEVICES + ' ' + job.kind + '\\n');
  await new Promise(resolve => setTimeout(resolve, ${ms}));
  ${DOES_ITS_JOB}`,
    GPU,
  );
const seenIn = (dir: string): string[] => readFileSync(join(dir, 'seen'), 'utf8').trim().split('\n');

const slotsOf = (events: readonly RunEvent[], kind: string): string[] =>
  events.flatMap(event => (event.event === 'job' && event.kind === kind ? [event.slot] : []));
const warnings = (events: readonly RunEvent[]): string[] =>
  events.flatMap(event => (event.event === 'warning' ? [event.message] : []));

describe('a run on several GPUs', () => {
  it('gives each a worker that sees it alone, and all of them trainings', async () => {
    const dir = tempDir();
    fakeNvidiaSmi(dir, ALL_FREE);
    const { end, events } = await runFake(slow(dir), { rates: '[1e-3, 2e-3, 3e-3, 4e-3]' });
    expect(end.state).toBe('complete');
    expect(slotsOf(events, 'dreambooth').sort()).toEqual(['gpu 0', 'gpu 1', 'gpu 2', 'gpu 3']);
    const trained = seenIn(dir).filter(line => line.endsWith('dreambooth'));
    expect(new Set(trained).size).toBe(4);
    expect(trained.every(line => line.startsWith('GPU-'))).toBe(true);
    expect(events.filter(({ event }) => event === 'worker')).toHaveLength(4);
  });

  it('keeps to CUDA_VISIBLE_DEVICES, and to --gpus within it', async () => {
    const dir = tempDir();
    fakeNvidiaSmi(dir, ALL_FREE);
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '3,1');
    const { events } = await runFake(slow(dir, 10), { rates: '[1e-3, 2e-3, 3e-3, 4e-3]' });
    expect(new Set(slotsOf(events, 'dreambooth'))).toEqual(new Set(['gpu 3', 'gpu 1']));
    const named = await runFake(slow(tempDir(), 10), { slots: { ...NOTHING_SAID, gpus: '1' } });
    expect(new Set(slotsOf(named.events, 'sample'))).toEqual(new Set(['gpu 1']));
    await expect(
      runFake(slow(tempDir(), 10), { slots: { ...NOTHING_SAID, gpus: '0' } }),
    ).rejects.toMatchObject({ code: 'E_BACKEND', allowed: '3, 1' });
  });

  it('waits for a GPU that others use, works on the others meanwhile, and says so once', async () => {
    const dir = tempDir();
    const smi = fakeNvidiaSmi(dir, busy(ALL_FREE, 1, 20_000));
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '0,1');
    // What GPU 0 trains ends when GPU 1, free by then, has begun something.
    const entry = fakeWorker(
      `const gpu = process.env.CUDA_VISIBLE_DEVICES;
      writeFileSync(state + '/' + gpu.slice(-1), '');
      while (job.kind === 'dreambooth' && !existsSync(state + '/1')) await new Promise(resolve => setTimeout(resolve, 20));
      ${DOES_ITS_JOB}`,
      GPU,
    );
    const events: RunEvent[] = [];
    const { end } = await runFake(entry, {
      rates: '[1e-3, 2e-3, 3e-3, 4e-3]',
      emit: event => {
        events.push(event);
        if (event.event === 'warning') smi.tell(ALL_FREE);
      },
    });
    expect(end.state).toBe('complete');
    expect(warnings(events).filter(text => /gpu 1 is used by somebody else/.test(text))).toHaveLength(1);
    expect(slotsOf(events, 'dreambooth')[0]).toBe('gpu 0');
    expect(slotsOf(events, 'dreambooth')).toContain('gpu 1');
  });

  it('does not wait in vain when the work is done without it', async () => {
    const dir = tempDir();
    fakeNvidiaSmi(dir, busy(ALL_FREE, 1, 20_000));
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '0,1');
    const { end, events } = await runFake(slow(dir, 10), { rates: '[1e-3, 2e-3]' });
    expect(end.state).toBe('complete');
    expect(new Set(slotsOf(events, 'dreambooth'))).toEqual(new Set(['gpu 0']));
  });

  it('shares a GPU where it is told to', async () => {
    const dir = tempDir();
    fakeNvidiaSmi(dir, busy(ALL_FREE, 2, 39_000));
    const { events } = await runFake(slow(dir, 10), {
      slots: { ...NOTHING_SAID, gpus: '2', shareGpus: true },
    });
    expect(warnings(events)).toEqual([]);
    expect(slotsOf(events, 'dreambooth')).toEqual(['gpu 2']);
  });

  it('computes on the CPU where the backend knows no GPU, unless one was named', async () => {
    fakeNvidiaSmi(tempDir(), ALL_FREE);
    const entry = fakeWorker(DOES_ITS_JOB);
    const { events } = await runFake(entry);
    expect(warnings(events).join()).toMatch(/the fake backend does not use it/);
    expect(slotsOf(events, 'dreambooth')).toEqual(['cpu 0']);
    await expect(runFake(entry, { slots: { ...NOTHING_SAID, gpus: '0' } })).rejects.toMatchObject({
      code: 'E_BACKEND',
    });
  });

  it('takes a GPU out of service where three workers in a row died, and ends well on the others', async () => {
    const dir = tempDir();
    fakeNvidiaSmi(dir, ALL_FREE);
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '0,1');
    const entry = fakeWorker(
      `if (process.env.CUDA_VISIBLE_DEVICES.endsWith('1')) { appendFileSync(state + '/tries', 'x'); process.exit(139); }
       const tries = () => (existsSync(state + '/tries') ? readFileSync(state + '/tries').length : 0);
       while (job.kind === 'dreambooth' && tries() < 3) await new Promise(resolve => setTimeout(resolve, 20));
       ${DOES_ITS_JOB}`,
      GPU,
    );
    const { end, events } = await runFake(entry, { rates: '[1e-3, 2e-3, 3e-3, 4e-3, 5e-3, 6e-3]' });
    expect(end).toEqual({ state: 'complete', failures: 0, reason: null });
    expect(events.filter(({ event }) => event === 'quarantine')).toEqual([
      { event: 'quarantine', slot: 'gpu 1' },
    ]);
    expect(slotsOf(events, 'dreambooth').filter(slot => slot === 'gpu 1').length).toBeLessThanOrEqual(3);
  });
});
