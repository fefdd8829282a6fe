import PQueue from 'p-queue';
import { SweetspotError } from '../core/errors.ts';
import type { Plan } from '../planner/types.ts';
import { secondsPerUnit } from '../store/attempts.ts';
import { type StoreDatabase, storeError } from '../store/database.ts';
import { StoreSession } from '../store/storeSession.ts';
import type { Workspace } from '../store/workspace.ts';
import { type AttemptEnd, recordUntried, runAttempt } from './attempt.ts';
import { measureUnknown } from './calibration.ts';
import { criticalPaths } from './criticalPaths.ts';
import { Estimator } from './estimator.ts';
import type { RunEnd, RunEvent } from './events.ts';
import { JobGraph } from './jobGraph.ts';
import type { PlannedJob } from './jobs/plannedJob.ts';
import { ReadyJobs, type Taker } from './readyJobs.ts';
import { RetryPolicy } from './retryPolicy.ts';
import { RunProgress } from './runProgress.ts';
import type { Slot } from './slots/slot.ts';
import { type SlotOptions, SlotPool } from './slots/slotPool.ts';
import { StageWriter } from './stageWriter.ts';
import { syncFileSystem } from './syncFileSystem.ts';
import type { Hello, WorkerSettings } from './workerProcess.ts';

/** When a run gives up, and what a job may take. */
export interface RunLimits {
  /** The run ends when more jobs than this have failed; null: never. */
  maxFailures: number | null;
  /** The run ends with the first failure. */
  failFast: boolean;
  /** Wall time of one stage; null: as long as it likes. */
  stageMs: number | null;
  /** Silence after which a worker counts as hung. */
  hangMs: number;
}

export interface RunSettings {
  worker: WorkerSettings;
  slots: SlotOptions;
  limits: RunLimits;
  /** See RunSweepSettings. */
  measure?: boolean;
  /** Aborted to stop politely: running jobs checkpoint and end, nothing new starts. */
  signal: AbortSignal;
  emit(event: RunEvent): void;
  /** See RunSweepSettings. */
  onEstimate?(seconds: number | null): void;
  onWorker(hello: Hello, slots: number): void;
}

/** Runs the jobs of a plan (see plannedJobs), on as many slots as there are. The lock is held by the caller. */
export async function runPlan(
  plan: Plan,
  jobs: readonly PlannedJob[],
  workspace: Workspace,
  database: StoreDatabase,
  settings: RunSettings,
): Promise<RunEnd> {
  if (jobs.length === 0) return { state: 'complete', failures: 0, reason: null };
  const { worker, emit, onWorker } = settings;
  const pool = await SlotPool.open(settings.slots, { workspace, worker, emit, onWorker }, settings.signal);
  try {
    return await new Run(plan, workspace, database, settings, jobs, pool).toEnd();
  } finally {
    await pool.close();
  }
}

class Run {
  readonly #plan: Plan;
  readonly #session: StoreSession;
  readonly #settings: RunSettings;
  readonly #jobs: readonly PlannedJob[];
  readonly #pool: SlotPool;
  readonly #graph: JobGraph;
  readonly #estimator: Estimator;
  readonly #progress: RunProgress;
  readonly #writer: StageWriter;
  readonly #retries = new RetryPolicy();
  readonly #queue: PQueue;
  readonly #idle: Set<Slot>;
  /** Those whose GPU somebody else uses. */
  readonly #waiting = new Set<Slot>();
  /** Aborted when running jobs should save and end: by the user, or because the run gives up. */
  readonly #stop = new AbortController();
  /** Aborted when there is nothing left that a waiting slot could take. */
  readonly #drained = new AbortController();
  #ready: ReadyJobs;
  /** Stages completed in this run. */
  readonly #made = new Set<string>();
  #failures = 0;
  #reason: RunEnd['reason'] = null;
  /** What ends the whole run: nothing that comes after it could succeed. */
  #fatal: { error: unknown } | undefined;

  constructor(
    plan: Plan,
    workspace: Workspace,
    database: StoreDatabase,
    settings: RunSettings,
    jobs: readonly PlannedJob[],
    pool: SlotPool,
  ) {
    this.#plan = plan;
    this.#session = new StoreSession(database, workspace, { syncFileSystem, onError: e => this.#abandon(e) });
    this.#settings = settings;
    this.#jobs = jobs;
    this.#pool = pool;
    this.#graph = new JobGraph(jobs);
    this.#estimator = new Estimator(jobs, secondsPerUnit(database), pool.all.length);
    this.#progress = new RunProgress(this.#estimator, settings.emit);
    this.#writer = new StageWriter(plan, this.#session);
    this.#queue = new PQueue({ concurrency: pool.all.length });
    this.#idle = new Set(pool.all);
    this.#ready = new ReadyJobs([], new Map());
  }

  async toEnd(): Promise<RunEnd> {
    const { signal } = this.#settings;
    const stop = (): void => this.#stop.abort();
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    try {
      await this.#estimate();
      const paths = criticalPaths(this.#jobs, job => this.#estimator.secondsOf(job));
      this.#ready = new ReadyJobs(this.#jobs, paths);
      this.#wake();
      await this.#queue.onIdle();
    } finally {
      signal.removeEventListener('abort', stop);
      await this.#session.settle().catch(error => this.#abandon(error));
    }
    if (this.#fatal) throw this.#fatal.error;
    const failures = this.#failures;
    if (signal.aborted) return { state: 'stopped', failures, reason: null };
    const left = this.#graph.waiting + this.#ready.size;
    if (left > 0 && this.#reason === null) {
      throw new SweetspotError('E_INTERNAL', `${left} jobs could never start`);
    }
    return { state: failures > 0 ? 'failed' : 'complete', failures, reason: this.#reason };
  }

  /** Says how long all this will take; measures first what the workspace has no history of. */
  async #estimate(): Promise<void> {
    const { emit, measure = true } = this.#settings;
    const { signal } = this.#stop;
    const basis = this.#estimator.unknown().length === 0 ? 'history' : 'measured';
    if (measure && basis === 'measured')
      await measureUnknown(
        this.#pool,
        this.#jobs,
        this.#estimator,
        (job, { plan }) => this.#retries.fits(job, plan),
        signal,
      );
    if (signal.aborted) return;
    const seconds = this.#estimator.remainingSeconds();
    emit({ event: 'estimate', seconds, basis });
    this.#settings.onEstimate?.(seconds);
  }

  /** Gives the jobs that have become ready to the idle slots, those first whose workers run already. */
  #wake(): void {
    if (this.#stop.signal.aborted) return;
    for (let jobs = this.#graph.takeReady(); jobs.length > 0; jobs = this.#graph.takeReady()) {
      for (const job of jobs) {
        if (this.#fitsSomewhere(job)) this.#ready.add(job);
        else this.#refuse(job);
      }
    }
    const idle = [...this.#idle].sort((a, b) => Number(b.live) - Number(a.live));
    let jobs = this.#ready.size;
    for (const slot of idle) {
      if (jobs === 0) return;
      if (!this.#ready.has(this.#taker(slot))) continue;
      jobs -= 1;
      this.#idle.delete(slot);
      this.#queue.add(() => this.#lane(slot)).catch(error => this.#abandon(error));
    }
  }

  /** What a slot does until there is nothing more for it. */
  async #lane(slot: Slot): Promise<void> {
    const { signal } = this.#stop;
    this.#waiting.add(slot);
    const free = await this.#pool.ready(slot, AbortSignal.any([signal, this.#drained.signal]));
    this.#waiting.delete(slot);
    try {
      while (free && !signal.aborted && !slot.quarantined) {
        const job = this.#ready.takeFor(this.#taker(slot));
        if (!job) break;
        await this.#work(job, slot);
        this.#wake();
      }
    } finally {
      if (!slot.quarantined) this.#idle.add(slot);
      // Nobody else works any more, and there is no work: what waits for somebody else's GPU waits in vain.
      if (this.#queue.pending - 1 === this.#waiting.size && this.#ready.size === 0) this.#drained.abort();
    }
  }

  #taker(slot: Slot): Taker {
    const others = this.#pool.usable.filter(other => !this.#waiting.has(other));
    return {
      holds: slot.holds,
      fits: job => this.#retries.fits(job, slot.plan) && !this.#retries.avoids(job, slot, others),
    };
  }

  #fitsSomewhere(job: PlannedJob): boolean {
    return this.#pool.usable.some(({ plan }) => this.#retries.fits(job, plan));
  }

  /** Fails a job that no slot has the memory for, without trying it. */
  #refuse(job: PlannedJob): void {
    const memory = Math.max(...this.#pool.usable.map(({ plan }) => plan.memoryBytes ?? 0));
    const result = this.#retries.tooLarge(job, memory);
    recordUntried(job, result, { session: this.#session, sweep: this.#plan.sweep.name });
    this.#finish(job, null, result);
  }

  async #work(job: PlannedJob, slot: Slot): Promise<void> {
    const { emit, limits } = this.#settings;
    const result = await runAttempt(job, slot, {
      sweep: this.#plan.sweep.name,
      session: this.#session,
      writer: this.#writer,
      limits,
      made: this.#made,
      signal: this.#stop.signal,
      onBegin: () => this.#progress.begin(job, slot.plan.name),
      onMessage: (message, seconds) => this.#progress.message(job, slot.plan.name, message, seconds),
      onStage: (key, label) => {
        emit({ event: 'stage', key, label });
        this.#made.add(key);
        this.#graph.made(key);
        this.#wake();
      },
    });
    slot.holds = job.weights ?? null;
    slot.note(result.failure?.class ?? null);
    if (result.failure?.error.code === 'E_BACKEND') slot.quarantine();
    if (slot.quarantined) this.#quarantine(slot, result);
    if (result.failure && this.#retries.again(job, slot, result.failure) && !this.#stop.signal.aborted) {
      const { what, got } = result.failure.error;
      emit({ event: 'warning', message: `${what}${got ? ` (${got})` : ''}: ${job.label} is tried again` });
      this.#ready.add(job);
      return;
    }
    this.#finish(job, slot, result);
    if (result.failure?.class !== 'out-of-memory') return;
    for (const misfit of this.#ready.takeWhere(other => !this.#fitsSomewhere(other))) this.#refuse(misfit);
  }

  #quarantine(slot: Slot, { failure }: AttemptEnd): void {
    this.#settings.emit({ event: 'quarantine', slot: slot.plan.name });
    if (this.#pool.usable.length > 0 || !failure) return;
    const { what, got } = failure.error;
    this.#abandon(
      failure.error.code === 'E_BACKEND'
        ? SweetspotError.fromJSON(failure.error)
        : new SweetspotError('E_BACKEND', 'no slot is left that works', {
            place: slot.plan.name,
            got: `${what}${got ? `, ${got}` : ''}`,
            hint: `See ${slot.logFile}; everything finished is kept, the same command goes on`,
          }),
    );
  }

  /** Ends the run with this error: what has not started stays undone, and is there for the next run. */
  #abandon(error: unknown): void {
    this.#fatal ??= { error: storeError(error, this.#session.workspace.databaseFile) };
    this.#stop.abort();
  }

  /** Ends the run as it stands. */
  #giveUp(reason: 'fail-fast' | 'max-failures'): void {
    this.#reason ??= reason;
    this.#stop.abort();
  }

  #finish(job: PlannedJob, slot: Slot | null, { end, seconds, failure }: AttemptEnd): void {
    this.#progress.end(job, slot?.plan.name ?? null, end, seconds, failure);
    if (end.outcome === 'done') job.cleanUp?.();
    if (end.outcome === 'done' || end.outcome === 'stopped') return;
    this.#failures += 1;
    this.#retries.failed += 1;
    // Where one job cannot write, no other can: better to say so now than after computing for hours.
    if (failure?.class === 'disk-full' || end.error.code === 'E_WRITE') {
      this.#abandon(SweetspotError.fromJSON(end.error));
    }
    for (const blocked of this.#graph.takeBlockedBy(job)) {
      this.#failures += 1;
      this.#progress.blocked(blocked);
    }
    const { failFast, maxFailures } = this.#settings.limits;
    if (failFast) this.#giveUp('fail-fast');
    else if (maxFailures !== null && this.#retries.failed > maxFailures) this.#giveUp('max-failures');
  }
}
