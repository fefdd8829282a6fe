import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SweetspotError, type SweetspotErrorJson } from '../core/errors.ts';
import { FAIL_ROLE, failPoint } from '../core/failPoint.ts';
import { writeError } from '../core/files.ts';
import type { Job, WorkerCommand, WorkerMessage } from '../stages/job.ts';
import { passErrors } from './workerErrors.ts';

const ENTRY = fileURLToPath(new URL('../worker/main.js', import.meta.url));
/** Loading the backend takes a second; a minute means that it never comes. */
const HELLO_TIMEOUT_MS = 60_000;
/** What a worker gets between the polite signal and the other one. */
const KILL_GRACE_MS = 5_000;
/** A process can be gone before its last messages are read; they are waited for so long. */
const LAST_WORDS_MS = 1_000;

export interface WorkerSettings {
  backend?: string | undefined;
  threads?: number | undefined;
  /** What the worker prints goes here; without it, to this process's standard error. */
  logFile?: string | undefined;
  /** Overrides the program that is run; tests put a fake worker here. */
  entry?: string | undefined;
  /** On top of this process's environment. */
  env?: Readonly<Record<string, string>> | undefined;
  /** Hears of the process as soon as there is one, before its backend is ready. */
  onStart?: ((pid: number) => void) | undefined;
}

export type Hello = Extract<WorkerMessage, { type: 'hello' }>;
export type JobMessage = Exclude<WorkerMessage, { type: 'hello' | 'done' | 'failed' | 'stopped' }>;

/** How a job ended: as the worker said, or `lost` because the process died under it. */
export type JobEnd =
  | { outcome: 'done' }
  | { outcome: 'stopped' }
  | { outcome: 'failed'; error: SweetspotErrorJson; stack?: string | undefined }
  | { outcome: 'lost'; error: SweetspotErrorJson };

/** One long-lived worker process: it loads the backend once and runs one job at a time. */
export class WorkerProcess {
  readonly hello: Hello;
  readonly #child: ChildProcess;
  readonly #exit: Promise<string>;
  #alive = true;

  private constructor(child: ChildProcess, hello: Hello, exit: Promise<string>) {
    this.#child = child;
    this.hello = hello;
    this.#exit = exit;
    void exit.then(() => {
      this.#alive = false;
    });
  }

  /** Starts the process and waits until its backend is ready. Fails with E_BACKEND or E_WORKER. */
  static async start(settings: WorkerSettings = {}): Promise<WorkerProcess> {
    const log = settings.logFile === undefined ? 'inherit' : openLog(settings.logFile);
    const args = [
      ...(settings.backend === undefined ? [] : ['--backend', settings.backend]),
      ...(settings.threads === undefined ? [] : ['--threads', String(settings.threads)]),
    ];
    const child = fork(settings.entry ?? ENTRY, args, {
      stdio: ['ignore', log === 'inherit' ? process.stderr : log, log === 'inherit' ? 'pipe' : log, 'ipc'],
      // A worker of its own process group is not hit by the terminal's Ctrl-C: the orchestrator tells it to stop.
      detached: true,
      env: { ...process.env, ...settings.env, [FAIL_ROLE]: 'worker' },
    });
    if (typeof log === 'number') closeSync(log);
    if (child.stderr) passErrors(child.stderr, line => void process.stderr.write(`${line}\n`));
    endWithUs(child);
    if (child.pid !== undefined) settings.onStart?.(child.pid);
    const exit = ended(child);
    const hello = await waitForHello(child, exit, settings.logFile);
    return new WorkerProcess(child, hello, exit);
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Resolves when the process is gone. */
  get ended(): Promise<unknown> {
    return this.#exit;
  }

  /**
   * Runs a job to its end; messages come in order, and are handled one after the other. Fails with the first error of
   * `onMessage`, once the worker has been stopped: it is then free for the next job. An abort of `signal` asks the worker
   * to save what it has and to end its job; aborted before the start, the job is `stopped` without one.
   */
  async run(
    job: Job,
    onMessage: (message: JobMessage) => void | Promise<void>,
    signal?: AbortSignal,
  ): Promise<JobEnd> {
    if (signal?.aborted) return { outcome: 'stopped' };
    const stop = (): void => this.#send({ type: 'stop' });
    let failure: { error: unknown } | undefined;
    let handled = Promise.resolve();
    const handle = (message: JobMessage): void => {
      handled = handled.then(async () => {
        if (failure) return;
        try {
          await onMessage(message);
        } catch (error) {
          failure = { error };
          stop();
        }
      });
    };
    let listener: ((message: WorkerMessage) => void) | undefined;
    const said = new Promise<JobEnd>(resolve => {
      listener = message => {
        failPoint(`heard.${message.type}`);
        if (message.type === 'hello') return;
        if (message.type === 'done' || message.type === 'failed' || message.type === 'stopped') {
          resolve(endOf(message));
        } else handle(message);
      };
      this.#child.on('message', listener);
    });
    signal?.addEventListener('abort', stop);
    try {
      this.#send({ type: 'job', job });
      const end = await Promise.race([said, this.#exit.then(how => lost(job, how))]);
      await handled;
      if (failure) throw (failure as { error: unknown }).error;
      return end;
    } finally {
      signal?.removeEventListener('abort', stop);
      if (listener) this.#child.off('message', listener);
    }
  }

  /** Ends the process: politely, then not. Resolves when it is gone. */
  async close(): Promise<void> {
    if (!this.#alive) return;
    if (this.#child.connected) this.#child.disconnect();
    await this.#goneWithin(KILL_GRACE_MS);
  }

  /** Ends the process and all that it started: SIGTERM, on which it saves what it has, then SIGKILL. */
  async terminate(graceMs = KILL_GRACE_MS): Promise<void> {
    if (!this.#alive) return;
    killGroup(this.#child, 'SIGTERM');
    await this.#goneWithin(graceMs);
  }

  kill(): void {
    killGroup(this.#child, 'SIGKILL');
  }

  async #goneWithin(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.kill(), graceMs);
    await this.#exit;
    clearTimeout(timer);
    // What the worker may have started itself does not outlive it.
    killGroup(this.#child, 'SIGKILL');
  }

  #send(command: WorkerCommand): void {
    failPoint(`send.${command.type}`);
    if (this.#child.connected) this.#child.send(command, () => undefined);
  }
}

/** A worker leads a process group of its own: the signal reaches whatever it started, too. */
function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

const living = new Set<ChildProcess>();

/** When this process is ended at once (a second Ctrl-C), a worker in a long step must not compute on for nobody. */
function endWithUs(child: ChildProcess): void {
  if (living.size === 0) process.on('exit', endAll);
  living.add(child);
  child.once('exit', () => {
    living.delete(child);
    if (living.size === 0) process.off('exit', endAll);
  });
}

function endAll(): void {
  for (const child of living) killGroup(child, 'SIGKILL');
}

/** Resolves, with the way it ended, when the process is gone and its last message has been delivered. */
function ended(child: ChildProcess): Promise<string> {
  return new Promise(resolve => {
    child.on('error', error => resolve(error.message));
    child.once('exit', (code, signal) => {
      const how = signal ? `signal ${signal}` : `exit code ${code}`;
      if (!child.connected) {
        resolve(how);
        return;
      }
      const timer = setTimeout(() => resolve(how), LAST_WORDS_MS);
      child.once('disconnect', () => {
        clearTimeout(timer);
        resolve(how);
      });
    });
  });
}

function openLog(path: string): number {
  try {
    return openSync(path, 'a');
  } catch (error) {
    throw writeError(error, path);
  }
}

function endOf(message: Extract<WorkerMessage, { type: 'done' | 'failed' | 'stopped' }>): JobEnd {
  if (message.type === 'failed') return { outcome: 'failed', error: message.error, stack: message.stack };
  return { outcome: message.type };
}

function lost(job: Job, how: string): JobEnd {
  const error = new SweetspotError('E_WORKER', 'the worker process ended before its job did', {
    place: `${job.kind} ${job.id}`,
    got: how,
    hint: /SIGKILL/.test(how) ? 'The system may have run out of memory' : 'See the log of the worker',
  });
  return { outcome: 'lost', error: error.toJSON() };
}

async function waitForHello(
  child: ChildProcess,
  exit: Promise<string>,
  logFile: string | undefined,
): Promise<Hello> {
  let timer: NodeJS.Timeout | undefined;
  const hello = new Promise<Hello>((resolve, reject) => {
    child.once('message', (message: WorkerMessage) => {
      if (message.type === 'hello') resolve(message);
      else if (message.type === 'failed') reject(SweetspotError.fromJSON(message.error));
    });
    timer = setTimeout(() => {
      killGroup(child, 'SIGKILL');
      reject(
        new SweetspotError('E_BACKEND', `the worker did not answer within ${HELLO_TIMEOUT_MS / 1000} s`),
      );
    }, HELLO_TIMEOUT_MS);
  });
  const died = exit.then(how => {
    throw new SweetspotError('E_WORKER', 'the worker process ended while it started', {
      got: how,
      ...(logFile === undefined ? {} : { hint: `See ${logFile}` }),
    });
  });
  try {
    return await Promise.race([hello, died]);
  } finally {
    clearTimeout(timer);
  }
}
