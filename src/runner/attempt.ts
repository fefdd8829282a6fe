import { SweetspotError, type SweetspotErrorJson, toErrorJson } from '../core/errors.ts';
import { failPoint } from '../core/failPoint.ts';
import { formatDuration } from '../core/formatDuration.ts';
import { removeIfThere } from '../core/removeIfThere.ts';
import type { FailureClass } from '../stages/failures.ts';
import { beginAttempt, endAttempt } from '../store/attempts.ts';
import { storeError } from '../store/database.ts';
import type { StoreSession } from '../store/storeSession.ts';
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
/** What a job of so many seconds has left is on the disk before it counts as done, whatever its last stage took. */
const FLUSHED_SECONDS = 0.5;
/** Kills for want of memory are counted so often: reading the counter before each of many small jobs would cost more than they. */
const MEMORY_LOOK_MS = 1_000;

export interface AttemptSettings {
  sweep: string;
  session: StoreSession;
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
  const { session, sweep, limits } = settings;
  const { database, commits, workspace } = session;
  const { id, kind, label, units, rateKey, makes } = job;
  commits.join();
  const attempt = beginAttempt(
    database,
    { sweep, job: id, kind, label, units, rateKey, slot: slot.plan.name, makes },
    new Date().toISOString(),
  );
  failPoint('attempt.begun');
  const started = Date.now();
  const logFrom = logLength(slot.logFile);
  const killsBefore = memoryKills(MEMORY_LOOK_MS);
  let overdue: Overdue | undefined;
  const unfinished = new Set<string>();
  let firstShare: number | undefined;
  let end: JobEnd;
  let dog: Watchdog | undefined;
  try {
    const worker = await slot.worker();
    settings.onBegin();
    const message = job.build(attempt);
    const { outputs } = message;
    for (const { dir } of outputs) unfinished.add(dir);
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
      if (said.type !== 'output') return settings.onMessage(said, secondsSince(started));
      const output = wanted.get(said.key);
      if (!output) throw new SweetspotError('E_INTERNAL', 'the worker announced a stage nobody asked for');
      const stage = await complete(output);
      unfinished.delete(output.dir);
      wanted.delete(said.key);
      watch.leftStage();
      settings.onStage(said.key, stage);
    };
    // Where the last attempt died between its last result and its last word, there is nothing left to do.
    end = allMade
      ? { outcome: 'done' }
      : await worker.run({ ...message, outputs: [...wanted.values()] }, onMessage, settings.signal);
    if (secondsSince(started) > FLUSHED_SECONDS) await session.flusher.flush();
  } catch (error) {
    end = { outcome: 'failed', error: toErrorJson(storeError(error, workspace.databaseFile)) };
  }
  dog?.stop();
  for (const dir of unfinished) removeIfThere(dir);
  end = verdict(end, overdue, settings, slot);
  const seconds = secondsSince(started);
  const failure = failureOf(end, overdue, () => ({
    log: logTail(slot.logFile, logFrom),
    memoryKill: memoryKills() > killsBefore,
  }));
  commits.join();
  endAttempt(database, attempt, {
    outcome: end.outcome,
    seconds,
    ...(failure && { error: failure.error, class: failure.class, log: failure.log }),
    // What a checkpoint brought was not computed now, and is no measure of what a unit costs.
    ...(end.outcome === 'done' && firstShare ? { units: Math.round(units * (1 - firstShare)) } : {}),
  });
  if (failure) commits.commit();
  failPoint('attempt.ended');
  return { end, seconds, failure };
}

const secondsSince = (started: number): number => (Date.now() - started) / 1000;

/** Notes a job that failed without an attempt. */
export function recordUntried(
  { id, kind, label, units, rateKey, makes }: PlannedJob,
  { end, failure }: AttemptEnd,
  { session: { database }, sweep }: Pick<AttemptSettings, 'session' | 'sweep'>,
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
  look: () => { log: string; memoryKill: boolean },
): Failure | null {
  if (end.outcome === 'done' || end.outcome === 'stopped') return null;
  const { error } = end;
  const { log, memoryKill } = look();
  return { error, log, class: classifyFailure({ error, log, memoryKill }), final: overdue === 'limit' };
}
