// A worker that computes nothing: it leaves a file in every output folder and says so. It speaks the protocol of
// src/stages/job.ts and notes how long it waits for its next job.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const send = message => new Promise(resolve => process.send(message, resolve));
const gaps = [];
let ended;

process.on('disconnect', () => {
  if (process.env.BENCH_GAPS) writeFileSync(`${process.env.BENCH_GAPS}.${process.pid}`, JSON.stringify(gaps));
  process.exit(0);
});
process.on('message', async command => {
  if (command.type !== 'job') return;
  const { job } = command;
  if (ended !== undefined) gaps.push(performance.now() - ended);
  await send({ type: 'progress', job: job.id, done: 1, total: 1, unit: 'step' });
  for (const { key, dir } of job.outputs ?? []) {
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'result'), key);
    await send({ type: 'output', job: job.id, key });
  }
  await send({ type: 'done', job: job.id });
  ended = performance.now();
});
await send({ type: 'hello', pid: process.pid, backend: 'none', threads: 1, versions: {}, warning: null });
