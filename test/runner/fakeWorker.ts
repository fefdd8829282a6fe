import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../support/tmp.ts';

/**
 * Writes the program of a worker without tensors and gives its path. `onJob` is the text of a function body that sees
 * `job`, `send(message)`, `leave(output)` (fills the folder of an output and announces it), `state` (a folder that outlives
 * the process) and the helpers of `node:fs`; `onStop` that of what a stop does.
 */
export function fakeWorker(onJob: string, { onStop = '', start = '', hello = {} as object } = {}): string {
  const dir = tempDir();
  const path = join(dir, 'worker.mjs');
  writeFileSync(
    path,
    `import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const state = ${JSON.stringify(dir)};
const send = message => new Promise(resolve => process.send(message, resolve));
const leave = async ({ key, dir }) => {
  mkdirSync(dir, { recursive: true });
  writeFileSync(dir + '/picture.png', key);
  await send({ type: 'output', job: job.id, key });
};
let job;
process.on('disconnect', () => process.exit(0));
process.on('message', async command => {
  if (command.type === 'stop') { ${onStop} ; return; }
  job = command.job;
  if (job.kind === 'calibrate') return send({ type: 'done', job: job.id });
  ${onJob}
});
${start}
await send({ type: 'hello', pid: process.pid, backend: 'fake', threads: 1, versions: {}, ...${JSON.stringify(hello)} });
`,
  );
  return path;
}

/** What a worker does that does its job. */
export const DOES_ITS_JOB = `for (const output of job.outputs) await leave(output);
  await send({ type: 'done', job: job.id });`;
