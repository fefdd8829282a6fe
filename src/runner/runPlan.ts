import { rmSync } from 'node:fs';
import PQueue from 'p-queue';
import { SweetspotError, toErrorJson } from '../core/errors.ts';
import type { Plan } from '../planner/types.ts';
import type { JobOutput } from '../stages/job.ts';
import { beginAttempt, endAttempt, secondsPerUnit } from '../store/attempts.ts';
import { type StoreDatabase, storeError } from '../store/database.ts';
import type { Workspace } from '../store/workspace.ts';
import { calibrationJob } from './calibration.ts';
import { Estimator } from './estimator.ts';
import type { JobOutcome, RunEvent, RunState } from './events.ts';
import { JobGraph } from './jobGraph.ts';
import { plannedJobs } from './jobs/index.ts';
import type { PlannedJob } from './jobs/plannedJob.ts';
import { forgetWorker, recordWorker } from './oldWorker.ts';
import { StageWriter } from './stageWriter.ts';
import { type JobEnd, type JobMessage, WorkerProcess, type WorkerSettings } from './workerProcess.ts';

/** A job whose worker died gets this many attempts in all; one that fails by its own word gets one. */
const ATTEMPTS = 2;

export interface RunSettings {
  worker: WorkerSettings;
  /** Aborted to stop politely: running jobs checkpoint and end, nothing new starts. */
  signal: AbortSignal;
  emit(event: RunEvent): void;
  /** See RunSweepSettings. */
  onEstimate?(seconds: number | null): void;
  onWorker(worker: WorkerProcess): void;
}

/** Runs all that a plan still wants, on one worker. The lock is held by the caller. */
export async function runPlan(
  plan: Plan,
  workspace: Workspace,
  database: StoreDatabase,
  settings: RunSettings,
): Promise<{ state: RunState; failures: number }> {
  const jobs = plannedJobs(plan, workspace);
  if (jobs.length === 0) return { state: 'complete', failures: 0 };
  const run = new Run(plan, workspace, database, settings, jobs);
  return run.toEnd();
}

class Run {
  readonly #plan: Plan;
  readonly #workspace: Workspace;
  readonly #database: StoreDatabase;
  readonly #settings: RunSettings;
  readonly #graph: JobGraph;
  readonly #jobs: readonly PlannedJob[];
  readonly #estimator: Estimator;
  readonly #writer: StageWriter;
  readonly #queue = new PQueue({ concurrency: 1 });
  #worker: WorkerProcess | undefined;
  #failures = 0;
  /** What ends the whole run: nothing that comes after it could succeed. */
  #fatal: { error: unknown } | undefined;

  constructor(
    plan: Plan,
    workspace: Workspace,
    database: StoreDatabase,
    settings: RunSettings,
    jobs: readonly PlannedJob[],
  ) {
    this.#plan = plan;
    this.#workspace = workspace;
    this.#database = database;
    this.#settings = settings;
    this.#jobs = jobs;
    this.#graph = new JobGraph(jobs);
    this.#estimator = new Estimator(jobs, secondsPerUnit(database));
    this.#writer = new StageWriter(plan, workspace, database);
  }

  async toEnd(): Promise<{ state: RunState; failures: number }> {
    const { signal } = this.#settings;
    try {
      await this.#estimate();
      if (!signal.aborted) this.#enqueueReady();
      await this.#queue.onIdle();
    } finally {
      await this.#worker?.close();
      forgetWorker(this.#workspace);
    }
    if (this.#fatal) throw this.#fatal.error;
    if (signal.aborted) return { state: 'stopped', failures: this.#failures };
    if (this.#graph.waiting > 0) {
      throw new SweetspotError('E_INTERNAL', `${this.#graph.waiting} jobs could never start`);
    }
    return { state: this.#failures > 0 ? 'failed' : 'complete', failures: this.#failures };
  }

  /** Says how long all this will take; measures first what the workspace has no history of. */
  async #estimate(): Promise<void> {
    const { emit, signal } = this.#settings;
    const unknown = new Set(this.#estimator.unknown());
    const basis = unknown.size === 0 ? 'history' : 'measured';
    if (unknown.size > 0) {
      const worker = await this.#liveWorker();
      // A job that cannot be measured will say itself what is wrong with it.
      await worker.run(
        calibrationJob(this.#jobs, unknown),
        message => {
          if (message.type === 'rate') this.#estimator.setRate(message.rateKey, message.secondsPerUnit);
        },
        signal,
      );
    }
    if (signal.aborted) return;
    const seconds = this.#estimator.remainingSeconds();
    emit({ event: 'estimate', seconds, basis });
    this.#settings.onEstimate?.(seconds);
  }

  #enqueueReady(): void {
    for (const job of this.#graph.takeReady()) {
      this.#queue
        .add(() => this.#execute(job), { priority: job.priority })
        .catch(error => this.#abandon(error));
    }
  }

  /** Ends the run with this error: what has not started stays undone, and is there for the next run. */
  #abandon(error: unknown): void {
    this.#fatal ??= { error: storeError(error, this.#workspace.databaseFile) };
    this.#queue.clear();
  }

  async #execute(job: PlannedJob): Promise<void> {
    const { signal, emit } = this.#settings;
    for (let attempt = 1; !signal.aborted && !this.#fatal; attempt += 1) {
      const started = Date.now();
      const end = this.#judge(await this.#attempt(job));
      const seconds = (Date.now() - started) / 1000;
      if (end.outcome === 'lost' && attempt < ATTEMPTS && !signal.aborted) {
        emit({
          event: 'warning',
          message: `${end.error.what} (${end.error.got}): ${job.label} is tried again`,
        });
        continue;
      }
      this.#finish(job, end, seconds);
      return;
    }
  }

  /** A worker that was stopped by somebody else than this run has left its job undone, like one that died. */
  #judge(end: JobEnd): JobEnd {
    if (end.outcome !== 'stopped' || this.#settings.signal.aborted) return end;
    const error = new SweetspotError('E_WORKER', 'the worker was stopped by somebody else', {
      got: 'SIGTERM or a closed connection',
    });
    return { outcome: 'lost', error: error.toJSON() };
  }

  async #attempt(job: PlannedJob): Promise<JobEnd> {
    const { signal } = this.#settings;
    const { id, kind, label, units, rateKey } = job;
    const attempt = beginAttempt(
      this.#database,
      { sweep: this.#plan.sweep.name, job: id, kind, label, units, rateKey },
      new Date().toISOString(),
    );
    const started = Date.now();
    let end: JobEnd;
    let outputs: readonly JobOutput[] = [];
    try {
      const worker = await this.#liveWorker();
      this.#settings.emit({ event: 'job', job: id, kind, label, units });
      const message = job.build(attempt);
      outputs = message.outputs;
      const dirs = new Map(outputs.map(output => [output.key, output]));
      this.#writer.begin(worker.hello);
      end = await worker.run(message, said => this.#onMessage(job, started, dirs, said), signal);
    } catch (error) {
      end = { outcome: 'failed', error: toErrorJson(storeError(error, this.#workspace.databaseFile)) };
    }
    removePartials(outputs);
    const seconds = (Date.now() - started) / 1000;
    endAttempt(this.#database, attempt, {
      outcome: end.outcome,
      seconds,
      ...('error' in end ? { error: end.error } : {}),
    });
    return end;
  }

  async #liveWorker(): Promise<WorkerProcess> {
    if (this.#worker?.alive) return this.#worker;
    const worker = await WorkerProcess.start(this.#settings.worker);
    this.#worker = worker;
    const { backend, threads, pid, warning } = worker.hello;
    if (warning) this.#settings.emit({ event: 'warning', message: warning });
    recordWorker(this.#workspace, pid);
    this.#settings.onWorker(worker);
    this.#settings.emit({ event: 'worker', backend, threads, pid });
    return worker;
  }

  async #onMessage(
    job: PlannedJob,
    started: number,
    outputs: ReadonlyMap<string, Parameters<StageWriter['complete']>[0]>,
    message: JobMessage,
  ): Promise<void> {
    const { emit } = this.#settings;
    switch (message.type) {
      case 'progress': {
        const { done, total, unit } = message;
        this.#estimator.progress(job.id, done / total, (Date.now() - started) / 1000);
        const overall = this.#estimator.overall();
        const remainingSeconds = this.#estimator.remainingSeconds();
        emit({
          event: 'progress',
          job: job.id,
          label: job.label,
          done,
          total,
          unit,
          overall,
          remainingSeconds,
        });
        return;
      }
      case 'metric': {
        const { step, loss, lr } = message;
        emit({ event: 'metric', job: job.id, step, loss, lr });
        return;
      }
      case 'warning':
        emit({ event: 'warning', message: message.message });
        return;
      case 'output': {
        const output = outputs.get(message.key);
        if (!output) throw new SweetspotError('E_INTERNAL', 'the worker announced a stage nobody asked for');
        const label = await this.#writer.complete(output);
        emit({ event: 'stage', key: message.key, label });
        this.#graph.made(message.key);
        this.#enqueueReady();
      }
    }
  }

  #finish(job: PlannedJob, end: JobEnd, seconds: number): void {
    const { emit } = this.#settings;
    const outcome: JobOutcome = end.outcome;
    this.#estimator.end(job.id);
    emit({
      event: 'jobEnd',
      job: job.id,
      kind: job.kind,
      label: job.label,
      outcome,
      seconds,
      ...('error' in end ? { error: end.error } : {}),
    });
    if (end.outcome === 'done') job.cleanUp?.();
    if (end.outcome === 'done' || end.outcome === 'stopped') return;
    this.#failures += 1;
    // Where one job cannot write, no other can: better to say so now than after computing for hours.
    if (end.error.code === 'E_WRITE') this.#abandon(SweetspotError.fromJSON(end.error));
    for (const blocked of this.#graph.takeBlockedBy(job)) {
      this.#failures += 1;
      this.#estimator.end(blocked.id);
      const { id, kind, label } = blocked;
      emit({ event: 'jobEnd', job: id, kind, label, outcome: 'blocked', seconds: 0 });
    }
  }
}

/** Removes what an attempt left of folders that it never completed; those that it completed have been renamed. */
function removePartials(outputs: readonly JobOutput[]): void {
  for (const { dir } of outputs) rmSync(dir, { recursive: true, force: true });
}
