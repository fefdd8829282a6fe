import { describe, expect, it } from 'vitest';
import { type JobMessage, WorkerProcess } from '../../src/runner/workerProcess.ts';
import type { Job } from '../../src/stages/job.ts';
import { fakeWorker } from './fakeWorker.ts';

const JOB: Job = { id: 'one', kind: 'train', parameters: { values: {} }, outputs: [] };
const ANSWERS_STOP = `process.send({ type: 'stopped', job: 'one' });`;
const SAYS = (count: number): string =>
  `for (let i = 0; i < ${count}; i++) await send({ type: 'info', job: job.id, message: String(i) });`;

const ignore = (): void => undefined;

async function withWorker<T>(entry: string, use: (worker: WorkerProcess) => Promise<T>): Promise<T> {
  const worker = await WorkerProcess.start({ entry });
  try {
    return await use(worker);
  } finally {
    worker.kill();
  }
}

describe('WorkerProcess', () => {
  it('hands on what a job says, in order, and its end', async () => {
    const said: string[] = [];
    const end = await withWorker(
      fakeWorker(`${SAYS(20)} await send({ type: 'done', job: job.id });`),
      worker =>
        worker.run(JOB, async message => {
          await new Promise(resolve => setTimeout(resolve, 1));
          if (message.type === 'info') said.push(message.message);
        }),
    );
    expect(end).toEqual({ outcome: 'done' });
    expect(said).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));
  });

  it('sends no job when the stop came before it', async () => {
    const entry = fakeWorker(`await send({ type: 'done', job: job.id });`);
    const end = await withWorker(entry, worker => worker.run(JOB, ignore, AbortSignal.abort()));
    expect(end).toEqual({ outcome: 'stopped' });
  });

  it('passes a stop on', async () => {
    const controller = new AbortController();
    const entry = fakeWorker(SAYS(1), { onStop: ANSWERS_STOP });
    const end = await withWorker(entry, worker =>
      worker.run(JOB, () => controller.abort(), controller.signal),
    );
    expect(end).toEqual({ outcome: 'stopped' });
  });

  it('stops a job whose message cannot be handled, fails with that error, and is free for the next', async () => {
    const entry = fakeWorker(SAYS(3), { onStop: ANSWERS_STOP });
    await withWorker(entry, async worker => {
      let calls = 0;
      const broken = async (): Promise<void> => {
        calls += 1;
        throw new Error('disk full');
      };
      await expect(worker.run(JOB, broken)).rejects.toThrow('disk full');
      expect(calls).toBe(1);
      const controller = new AbortController();
      const said: JobMessage[] = [];
      const end = await worker.run(
        JOB,
        message => {
          said.push(message);
          controller.abort();
        },
        controller.signal,
      );
      expect(end.outcome).toBe('stopped');
      expect(said.length).toBeGreaterThan(0);
    });
  });

  it('hears what a dying worker said last, and calls the job lost', async () => {
    const said: string[] = [];
    const entry = fakeWorker(`${SAYS(5)} process.kill(process.pid, 'SIGKILL');`);
    const end = await withWorker(entry, worker => worker.run(JOB, message => void said.push(message.type)));
    expect(end).toMatchObject({ outcome: 'lost', error: { code: 'E_WORKER', got: 'signal SIGKILL' } });
    expect(said).toHaveLength(5);
  });

  it('is closed though it hangs', async () => {
    const entry = fakeWorker('', {
      start: `process.removeAllListeners('disconnect'); setInterval(() => {}, 1000);`,
    });
    const worker = await WorkerProcess.start({ entry });
    await worker.close();
    expect(worker.alive).toBe(false);
    expect(() => process.kill(worker.hello.pid, 0)).toThrow('ESRCH');
  });

  it('fails with the reason when the backend does not start, and when the process dies first', async () => {
    const failed = `await send({ type: 'failed', job: '', error: { code: 'E_BACKEND', what: 'no such backend' } });`;
    await expect(WorkerProcess.start({ entry: fakeWorker('', { start: failed }) })).rejects.toMatchObject({
      code: 'E_BACKEND',
      what: 'no such backend',
    });
    await expect(
      WorkerProcess.start({ entry: fakeWorker('', { start: 'process.exit(3);' }) }),
    ).rejects.toMatchObject({
      code: 'E_WORKER',
      got: 'exit code 3',
    });
  });
});
