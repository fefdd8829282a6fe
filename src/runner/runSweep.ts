import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { SweetspotError } from '../core/errors.ts';
import { failPoint } from '../core/failPoint.ts';
import { unwritable } from '../core/files.ts';
import { planSweep } from '../planner/planSweep.ts';
import { trainedRuns } from '../planner/trainedRuns.ts';
import type { Plan } from '../planner/types.ts';
import { closeLostAttempts } from '../store/attempts.ts';
import { openForWriting, type StoreDatabase, storeError } from '../store/database.ts';
import { acquireLock } from '../store/lock.ts';
import {
  addPictureBatches,
  closeLostRuns,
  pictureBatches,
  type SweepRecord,
  saveSweep,
  setSweepBackend,
  setSweepState,
  sweepFile,
  sweepSlots,
} from '../store/sweepRecords.ts';
import { syncStages } from '../store/syncStages.ts';
import { createWorkspace, type Workspace } from '../store/workspace.ts';
import type { Sweep } from '../sweep/types.ts';
import type { RunEnd, RunEvent } from './events.ts';
import { plannedJobs } from './jobs/index.ts';
import type { PlannedJob } from './jobs/plannedJob.ts';
import { awaitOldWorkers } from './oldWorkers.ts';
import { type RunLimits, runPlan } from './runPlan.ts';
import { machineBytes } from './slots/planSlots.ts';
import type { SlotOptions } from './slots/slotPool.ts';
import { usualShares } from './slots/usualShares.ts';
import { storeView } from './storeView.ts';
import { sweepDigests } from './sweepDigests.ts';
import type { WorkerSettings } from './workerProcess.ts';

export interface RunSweepSettings {
  worker: WorkerSettings;
  slots?: SlotOptions;
  limits?: RunLimits;
  /** Whether to measure a few steps of what there is no history of, for the estimate; default: yes. */
  measure?: boolean;
  signal: AbortSignal;
  emit(event: RunEvent): void;
  /** Sees the plan before anything is computed; throws to refuse it. */
  onPlan?(plan: Plan): void;
  /** Hears how long it will take, in seconds, before the first job; throws to refuse it. */
  onEstimate?(seconds: number | null): void;
}

/**
 * Starts a sweep or goes on with it: takes the workspace's lock, plans against what is there, and runs what is missing.
 * Idempotent: when everything is there it runs nothing.
 */
export async function runSweep(
  sweep: Sweep,
  workspace: Workspace,
  settings: RunSweepSettings,
): Promise<RunEnd> {
  createWorkspace(workspace);
  const lock = acquireLock(workspace);
  try {
    failPoint('run.locked');
    await awaitOldWorkers(workspace);
    const database = openForWriting(workspace.databaseFile);
    try {
      await syncStages(database, workspace);
      failPoint('run.synced');
      closeLostAttempts(database);
      closeLostRuns(database, now());
      return await runLocked(sweep, workspace, database, settings);
    } catch (error) {
      throw unwritable(storeError(error, workspace.databaseFile), workspace.home);
    } finally {
      database.close();
    }
  } finally {
    lock.release();
  }
}

async function runLocked(
  sweep: Sweep,
  workspace: Workspace,
  database: StoreDatabase,
  settings: RunSweepSettings,
): Promise<RunEnd> {
  const started = Date.now();
  const digests = await sweepDigests(sweep);
  const recorded = pictureBatches(database, sweep.name);
  const plan = planSweep(sweep, digests, storeView(database, workspace), recorded);
  settings.onPlan?.(plan);
  const before = sweepFile(database, sweep.name);
  removeStaleCheckpoints(plan, workspace);
  const text = textOf(sweep);
  failPoint('run.planned');
  saveSweep(database, { name: sweep.name, file: sweep.file, text, plan, state: 'running' }, now());
  failPoint('run.saved');
  addPictureBatches(database, sweep.name, newBatches(plan, recorded));
  failPoint('run.batches');
  if (before !== undefined && before !== sweep.file && existsSync(before)) {
    const message = `${before} was last run as ${sweep.name}: record and report of that name are this file's now`;
    settings.emit({ event: 'warning', message });
  }
  const jobs = plannedJobs(plan, workspace);
  settings.emit({ event: 'start', sweep: sweep.name, jobs: jobs.length, ...counts(plan) });
  const end = await runPlan(plan, jobs, workspace, database, {
    ...settings,
    slots: chosenSlots(settings.slots ?? NO_WISHES, sweepSlots(database, sweep.name), jobs),
    limits: settings.limits ?? NO_LIMITS,
    onWorker: (hello, slots) => setSweepBackend(database, sweep.name, { ...hello, slots }),
  }).catch(error => {
    const refused = error instanceof SweetspotError && error.code === 'E_REFUSED';
    setSweepState(database, sweep.name, refused ? 'stopped' : 'failed', now());
    throw error;
  });
  failPoint('run.end');
  setSweepState(database, sweep.name, end.state, now());
  failPoint('run.ended');
  settings.emit({ event: 'end', ...end, seconds: (Date.now() - started) / 1000 });
  return end;
}

const NO_WISHES: SlotOptions = {
  slots: null,
  usualShares: null,
  gpus: null,
  shareGpus: false,
  threads: null,
};
const NO_LIMITS: RunLimits = { maxFailures: null, failFast: false, stageMs: null, hangMs: 600_000 };

/**
 * What nobody says now is as it was when the sweep began: bits are promised only under equally many threads, and a
 * checkpoint of another number is not gone on from.
 */
function chosenSlots(
  wishes: SlotOptions,
  record: Pick<SweepRecord, 'threads' | 'slots'> | undefined,
  jobs: readonly PlannedJob[],
): SlotOptions {
  const threads = wishes.threads ?? record?.threads ?? null;
  const machine = { cores: availableParallelism(), threads, memoryBytes: machineBytes() };
  return {
    ...wishes,
    threads,
    usualShares: record?.slots ?? wishes.usualShares ?? usualShares(jobs, machine),
  };
}

/** The file as it is, and what the command line changed, so that the report tells the whole of it. */
function textOf({ file, commandLine }: Sweep): string {
  const text = readFileSync(file, 'utf8');
  return commandLine.length === 0 ? text : `${text.trimEnd()}\n# run with ${commandLine.join(' ')}\n`;
}

const now = (): string => new Date().toISOString();

/** A training that was killed between its last snapshot and its tidying-up leaves checkpoints that nobody needs. */
function removeStaleCheckpoints(plan: Plan, workspace: Workspace): void {
  const jobs = [...(plan.inversionJobs ?? []), ...plan.trainingJobs];
  const wanted = new Set(jobs.map(({ trajectoryKey }) => trajectoryKey));
  for (const { key } of trainedRuns(plan)) {
    if (!wanted.has(key)) rmSync(join(workspace.checkpoints, key), { recursive: true, force: true });
  }
}

/** The batches of the plan that no record holds yet. */
function newBatches(plan: Plan, recorded: readonly (readonly string[])[]): string[][] {
  const known = new Set(recorded.flat());
  return plan.pictureBatches
    .filter(({ pictures }) => pictures.some(({ key }) => !known.has(key)))
    .map(({ pictures }) => pictures.map(({ key }) => key));
}

function counts(plan: Plan): { steps: number; pictures: number; classImages: number; scores: number } {
  return {
    steps: plan.steps.remaining,
    pictures: plan.images.missing,
    classImages: plan.classImagesJobs.reduce((sum, { count }) => sum + count, 0),
    scores: plan.scoring?.missing.length ?? 0,
  };
}
