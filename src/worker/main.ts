/**
 * The worker process: loads a tensor backend once, then runs the jobs that the orchestrator sends, one at a time. It
 * knows no database and no sweep file.
 */
import { parseArgs } from 'node:util';
import { type BackendName, initBackend } from '../compute/backend.ts';
import { compileMode, hearFallbacks } from '../compute/graph/compiling.ts';
import { toErrorJson } from '../core/errors.ts';
import type { Job, WorkerCommand, WorkerMessage } from '../stages/job.ts';
import { connectToParent } from './connection.ts';
import { runJob } from './executors.ts';
import { ModelCache } from './modelCache.ts';
import { versions } from './versions.ts';
import { watchParent } from './watchParent.ts';

const { values } = parseArgs({ options: { backend: { type: 'string' }, threads: { type: 'string' } } });

let current: { job: Job; controller: AbortController } | undefined;
/** See {@link JobContext.environment}; known when the backend is. */
let environment = '';
const models = new ModelCache();

const connection = connectToParent(onCommand, () => {
  // Without an orchestrator nobody can complete a stage. A running job sees the signal at its next step.
  if (!current) process.exit(0);
  current.controller.abort();
});
if (!connection) {
  console.error('sweetspot: the worker is started by `sweetspot run`, not by hand');
  process.exit(2);
}
const send = (message: WorkerMessage): void => connection.send(message);

// The terminal's Ctrl-C reaches the whole group; what happens then is the orchestrator's decision.
process.on('SIGINT', () => undefined);
let ending = false;
process.on('SIGTERM', () => {
  if (!current) process.exit(143);
  ending = true;
  current.controller.abort();
});
watchParent();

try {
  // An unknown name is refused there, with the names that are known.
  const backend = await initBackend({
    ...(values.backend === undefined ? {} : { name: values.backend as BackendName }),
    ...(values.threads === undefined ? {} : { threads: Number(values.threads) }),
  });
  const compile = backend.name === 'tensorflow' ? compileMode() : 'off';
  const { node, v8, tfjs, platform } = versions();
  const libraries = Object.entries(backend.libraries).map(([name, version]) => `${name} ${version}, `);
  environment = `${backend.name}, ${backend.kernels} kernels, ${backend.threads} threads, ${libraries.join('')}tfjs ${tfjs}, node ${node}, v8 ${v8}, ${platform}`;
  if (backend.device !== 'cpu') environment += `, ${backend.device}`;
  if (compile !== 'off') environment += `, compile ${compile}`;
  send({
    type: 'hello',
    pid: process.pid,
    backend: backend.name,
    device: backend.device,
    threads: backend.threads,
    versions: { ...versions(), ...backend.libraries, kernels: backend.kernels, compile },
    warning: backend.warning,
  });
} catch (error) {
  send({ type: 'failed', job: '', error: toErrorJson(error) });
  process.exitCode = 6;
  process.disconnect?.();
}

function onCommand(command: WorkerCommand): void {
  if (command.type === 'stop') {
    current?.controller.abort();
    return;
  }
  void work(command.job);
}

async function work(job: Job): Promise<void> {
  const controller = new AbortController();
  current = { job, controller };
  const warn = (message: string) => send({ type: 'warning', job: job.id, message });
  hearFallbacks(warn);
  try {
    const end = await runJob(job, {
      models,
      environment,
      signal: controller.signal,
      progress: (done, total, unit, note) =>
        send({ type: 'progress', job: job.id, done, total, unit, ...(note === undefined ? {} : { note }) }),
      metric: (step, loss, lr) => send({ type: 'metric', job: job.id, step, loss, lr }),
      output: key => send({ type: 'output', job: job.id, key }),
      rate: (rateKey, secondsPerUnit) => send({ type: 'rate', job: job.id, rateKey, secondsPerUnit }),
      inform: message => send({ type: 'info', job: job.id, message }),
      warn,
    });
    send({ type: end, job: job.id });
  } catch (error) {
    const stack = error instanceof Error ? error.stack : undefined;
    send({
      type: 'failed',
      job: job.id,
      error: toErrorJson(error),
      ...(stack === undefined ? {} : { stack }),
    });
  }
  current = undefined;
  if (ending || !process.connected) process.exit(ending ? 143 : 0);
}
