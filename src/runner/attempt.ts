import { rmSync } from 'node:fs';
import { SweetspotError, type SweetspotErrorJson, toErrorJson } from '../core/errors.ts';
import { failPoint } from '../core/failPoint.ts';
import { formatDuration } from '../core/formatDuration.ts';
import type { FailureClass } from '../stages/failures.ts';
import type { JobOutput } from '../stages/job.ts';
import { beginAttempt, endAttempt } from '../store/attempts.ts';
import { type StoreDatabase, storeError } from '../store/database.ts';
import type { Workspace } from '../store/workspace.ts';
import { classifyFailure } from './failures/classifyFailure.ts';
import { logLength, logTail } from './failures/logTail.ts';
import { memoryKills } from './failures/memoryKills.ts';
import { type Overdue, Watchdog, type WatchdogLimits } from './failures/watchdog.ts';
import type { PlannedJob } from './jobs/plannedJob.ts';
import type { Slot } from './slots/slot.ts';
import type { StageWriter } from './stageWriter.ts';
import type { JobEnd, JobMessage } from './workerProcess.ts';

/** What a worker that hangs gets to save what it has: it may only be slow. */
const HANG_GRACE_MS = 5_000;

export interface AttemptSettings {
  sweep: string;
  workspace: Workspace;
  database: StoreDatabase;
  writer: StageWriter;
  limits: WatchdogLimits;
  /** Keys of stages that an earlier attempt of this run completed: they are not made again. */
  made: ReadonlySet<string>;
  signal: AbortSignal;
  onBegin(): void;
  /** Everything but outputs. */
  onMessage(message: JobMessage, secondsSinceStart: number): void;
  onStage(key: string, label: string): void;
}

export interface AttemptEnd {
  end: JobEnd;
  seconds: number;
  failure: Failure | null;
}

export interface Failure {
  class: FailureClass;
  error: SweetspotErrorJson;
  /** The end of what the worker printed. */
  log: string;
  /** To try again would end the same way. */
  final: boolean;
}

/** Runs a job once on a slot: row in the store, folders, watchdog, completed stages; leaves no partial folder. */
export async function runAttempt(
  job: PlannedJob,
  slot: Slot,
  settings: AttemptSettings,
): Promise<AttemptEnd> {
  const { database, workspace, sweep, limits } = settings;
  const { id, kind, label, units, rateKey, makes } = job;
  const attempt = beginAttempt(
    database,
    { sweep, job: id, kind, label, units, rateKey, slot: slot.plan.name, makes },
    new Date().toISOString(),
  );
  failPoint('attempt.begun');
  const started = Date.now();
  const logFrom = logLength(slot.logFile);
  const killsBefore = memoryKills();
  let overdue: Overdue | undefined;
  let outputs: readonly JobOutput[] = [];
  let firstShare: number | undefined;
  let end: JobEnd;
  let dog: Watchdog | undefined;
  try {
    const worker = await slot.worker();
    settings.onBegin();
    const message = job.build(attempt);
    outputs = message.outputs;
    const wanted = new Map(
      outputs.filter(({ key }) => !settings.made.has(key)).map(output => [output.key, output]),
    );
    const allMade = outputs.length > 0 && wanted.size === 0;
    const complete = settings.writer.begin(worker.hello);
    dog = new Watchdog(limits, why => {
      overdue = why;
      void worker.terminate(HANG_GRACE_MS);
    });
    const watch = dog;
    const onMessage = async (said: JobMessage): Promise<void> => {
      watch.heard();
      if (said.type === 'progress') firstShare ??= said.unit === 'step' ? (said.done - 1) / said.total : 0;
      if (said.type !== 'output') return settings.onMessage(said, (Date.now() - started) / 1000);
      const output = wanted.get(said.key);
      if (!output) throw new SweetspotError('E_INTERNAL', 'the worker announced a stage nobody asked for');
      const stage = await complete(output);
      watch.leftStage();
      settings.onStage(said.key, stage);
    };
    // Where the last attempt died between its last result and its last word, there is nothing left to do.
    end = allMade
      ? { outcome: 'done' }
      : await worker.run({ ...message, outputs: [...wanted.values()] }, onMessage, settings.signal);
  } catch (error) {
    end = { outcome: 'failed', error: toErrorJson(storeError(error, workspace.databaseFile)) };
  }
  dog?.stop();
  // Completed folders have been renamed: what is left under these names was never finished.
  for (const { dir } of outputs) rmSync(dir, { recursive: true, force: true });
  end = verdict(end, overdue, settings, slot);
  const seconds = (Date.now() - started) / 1000;
  const failure = failureOf(end, overdue, logTail(slot.logFile, logFrom), memoryKills() > killsBefore);
  endAttempt(database, attempt, {
    outcome: end.outcome,
    seconds,
    ...(failure && { error: failure.error, class: failure.class, log: failure.log }),
    // What a checkpoint brought was not computed now, and is no measure of what a unit costs.
    ...(end.outcome === 'done' && firstShare ? { units: Math.round(units * (1 - firstShare)) } : {}),
  });
  failPoint('attempt.ended');
  return { end, seconds, failure };
}

/** Notes a job that failed without an attempt. */
export function recordUntried(
  { id, kind, label, units, rateKey, makes }: PlannedJob,
  { end, failure }: AttemptEnd,
  { database, sweep }: Pick<AttemptSettings, 'database' | 'sweep'>,
): void {
  const now = new Date().toISOString();
  const attempt = beginAttempt(database, { sweep, job: id, kind, label, units, rateKey, makes }, now);
  endAttempt(database, attempt, {
    outcome: end.outcome,
    seconds: 0,
    ...(failure && { error: failure.error, class: failure.class }),
  });
}

/** A worker that was stopped by somebody else than this run has left its job undone, like one that died. */
function verdict(
  end: JobEnd,
  overdue: Overdue | undefined,
  { signal, limits }: AttemptSettings,
  slot: Slot,
): JobEnd {
  if (overdue !== undefined && end.outcome !== 'done') {
    const error = new SweetspotError(
      'E_TIMEOUT',
      overdue === 'silent' ? 'the worker made no progress' : 'the stage took longer than it may',
      {
        place: slot.plan.name,
        allowed:
          overdue === 'silent'
            ? `a sign of life within ${formatDuration(limits.hangMs / 1000)}`
            : `at most ${formatDuration((limits.stageMs ?? 0) / 1000)}`,
      },
    );
    return { outcome: 'lost', error: error.toJSON() };
  }
  if (end.outcome !== 'stopped' || signal.aborted) return end;
  const error = new SweetspotError('E_WORKER', 'the worker was stopped by somebody else', {
    got: 'SIGTERM or a closed connection',
  });
  return { outcome: 'lost', error: error.toJSON() };
}

function failureOf(
  end: JobEnd,
  overdue: Overdue | undefined,
  log: string,
  memoryKill: boolean,
): Failure | null {
  if (end.outcome === 'done' || end.outcome === 'stopped') return null;
  const { error } = end;
  return { error, log, class: classifyFailure({ error, log, memoryKill }), final: overdue === 'limit' };
}
