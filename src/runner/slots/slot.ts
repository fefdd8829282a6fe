import { join } from 'node:path';
import type { FailureClass } from '../../stages/failures.ts';
import { FAILURE_ACTIONS } from '../../stages/failures.ts';
import type { Workspace } from '../../store/workspace.ts';
import type { RunEvent } from '../events.ts';
import { forgetWorker, recordWorker } from '../oldWorkers.ts';
import { type Hello, WorkerProcess, type WorkerSettings } from '../workerProcess.ts';
import type { SlotPlan } from './planSlots.ts';

/** So many failures in a row that may be the slot's fault, and it gets no more work. */
const FAILURES_IN_A_ROW = 3;

export interface SlotSettings {
  workspace: Workspace;
  worker: WorkerSettings;
  emit(event: RunEvent): void;
  onWorker(hello: Hello): void;
}

/** A GPU or a share of the CPU with its long-lived worker process, which is started when it is first needed. */
export class Slot {
  readonly plan: SlotPlan;
  readonly logFile: string;
  /** The snapshot whose weights its worker sampled from last. */
  holds: string | null = null;
  readonly #settings: SlotSettings;
  #worker: WorkerProcess | undefined;
  #failures = 0;
  #quarantined = false;

  constructor(plan: SlotPlan, settings: SlotSettings) {
    this.plan = plan;
    this.logFile = join(settings.workspace.logs, `worker-${plan.number}.log`);
    this.#settings = settings;
  }

  /** Whether its worker runs already. */
  get live(): boolean {
    return this.#worker?.alive ?? false;
  }

  get quarantined(): boolean {
    return this.#quarantined;
  }

  /** The worker, started where there is none. Fails with E_BACKEND or E_WORKER. */
  async worker(): Promise<WorkerProcess> {
    if (this.#worker?.alive) return this.#worker;
    const { workspace, worker: settings, emit, onWorker } = this.#settings;
    this.holds = null;
    let started = 0;
    const worker = await WorkerProcess.start({
      ...settings,
      threads: this.plan.threads ?? undefined,
      env: { ...settings.env, ...this.plan.env },
      logFile: this.logFile,
      onStart: pid => {
        started = pid;
        recordWorker(workspace, pid);
      },
    }).catch(error => {
      forgetWorker(workspace, started);
      throw error;
    });
    this.#worker = worker;
    void worker.ended.then(() => forgetWorker(workspace, worker.hello.pid));
    const { backend, threads, pid, versions, warning } = worker.hello;
    if (warning) emit({ event: 'warning', message: warning });
    onWorker(worker.hello);
    const compile = versions.compile === 'xla' ? { compile: versions.compile } : {};
    emit({ event: 'worker', slot: this.plan.name, backend, threads, ...compile, pid });
    return worker;
  }

  /** Notes how an attempt on it ended; null: well. */
  note(failure: FailureClass | null): void {
    if (failure === null) this.#failures = 0;
    else if (FAILURE_ACTIONS[failure].blamesSlot) this.#failures += 1;
    this.#quarantined ||= this.#failures >= FAILURES_IN_A_ROW;
  }

  /** Gives it no more work: its worker cannot even be started. */
  quarantine(): void {
    this.#quarantined = true;
  }

  async close(): Promise<void> {
    await this.#worker?.close();
  }
}
