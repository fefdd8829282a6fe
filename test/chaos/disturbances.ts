import { existsSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openForReading } from '../../src/store/database.ts';
import { completedStages, unflushedStages } from '../../src/store/stageRows.ts';
import { isPartial } from '../../src/store/stageStore.ts';
import { workspaceAt } from '../../src/store/workspace.ts';
import { killProcess, type Orchestrator, startOrchestrator } from './processes.ts';
import type { SeededRandom } from './seededRandom.ts';

export interface Round {
  file: string;
  workspace: string;
  mark: string;
  slots: number;
  random: SeededRandom;
  /** Of a run from start to end, undisturbed, in milliseconds. */
  usualMs: number;
  /** A file name that no disturbance has used. */
  freshMarker(): string;
  /** Every orchestrator that was started. */
  started: Orchestrator[];
  /** Keys of finished stages that were torn: they are to be made once more. */
  torn: Set<string>;
}

/** What was done, and how often something was killed (or met a full disk, or hung). */
export interface Disturbed {
  what: string;
  kills: number;
}

/** Where a fail point lies in the orchestrator, with how often a run passes it, about. */
const RUN_POINTS: readonly [string, number][] = [
  ['run.locked', 1],
  ['run.synced', 1],
  ['run.planned', 1],
  ['run.saved', 1],
  ['run.batches', 1],
  ['run.end', 1],
  ['run.ended', 1],
  ['store.manifest', 12],
  ['store.rename', 12],
  ['store.renamed', 12],
  ['store.row', 12],
  ['attempt.begun', 8],
  ['attempt.ended', 8],
  ['heard.progress', 12],
  ['heard.metric', 4],
  ['heard.output', 12],
  ['heard.done', 8],
  ['send.job', 8],
  ['file.rename', 12],
  ['file.renamed', 12],
];
const WORKER_POINTS: readonly [string, number][] = [
  ['say.hello', 1],
  ['say.progress', 8],
  ['say.metric', 4],
  ['say.output', 12],
  ['say.done', 8],
  ['file.write', 30],
  ['file.rename', 30],
  ['file.renamed', 30],
  ['folder.rename', 4],
  ['folder.renamed', 4],
];

const NO_HANG_MS = 600_000;

export function start(round: Round, env: Record<string, string> = {}, hangMs = NO_HANG_MS): Orchestrator {
  const { file, workspace, slots, mark } = round;
  const orchestrator = startOrchestrator(file, workspace, { slots, hangMs, mark, env });
  round.started.push(orchestrator);
  return orchestrator;
}

/** Runs with a fail point armed; tells whether it went off. */
async function withFailPoint(round: Round, point: string, hangMs?: number): Promise<boolean> {
  const marker = round.freshMarker();
  await start(round, { SWEETSPOT_FAILPOINT: point, SWEETSPOT_FAILPOINT_SPENT: marker }, hangMs).end;
  return existsSync(marker);
}

type Kind = (round: Round) => Promise<Disturbed>;

const failPointIn =
  (role: 'run' | 'worker', points: readonly [string, number][], action: string): Kind =>
  async round => {
    const [name, passes] = points[round.random.below(points.length)] ?? ['run.locked', 1];
    const point = `${role}/${name}:${round.random.between(1, passes)}:${action}`;
    return { what: `${action} at ${point}`, kills: Number(await withFailPoint(round, point)) };
  };

/** Starts an orchestrator and waits a random part of what a run takes. */
async function startAndWait(round: Round): Promise<Orchestrator> {
  const orchestrator = start(round);
  await Promise.race([sleep(round.random.below(round.usualMs)), orchestrator.end]);
  return orchestrator;
}

const KINDS: readonly [weight: number, kind: Kind][] = [
  [5, failPointIn('run', RUN_POINTS, 'kill')],
  [5, failPointIn('worker', WORKER_POINTS, 'kill')],
  [1, failPointIn('worker', WORKER_POINTS, 'throw')],
  [1, failPointIn('worker', WORKER_POINTS, 'exit')],
  // A budget of files, in place of a small disk.
  [2, failPointIn('worker', [['file.write', 30]], 'full')],
  [1, failPointIn('run', [['file.write', 12]], 'full')],
  [
    3,
    async round => {
      const orchestrator = await startAndWait(round);
      const killed = killProcess(orchestrator.pid);
      await orchestrator.end;
      return { what: 'kill the orchestrator', kills: Number(killed) };
    },
  ],
  [
    2,
    async round => {
      const orchestrator = await startAndWait(round);
      await orchestrator.seen('worker');
      const killed = orchestrator.workers().filter(pid => killProcess(pid));
      await orchestrator.end;
      return { what: 'kill the workers', kills: killed.length };
    },
  ],
  [
    4,
    // Once in each job, for a second failure would end it, somewhere between its first word and its last.
    async round => {
      const orchestrator = start(round);
      let kills = 0;
      for (let seen = 0; ; ) {
        const jobs = await orchestrator.next('job', seen);
        if (jobs.length <= seen) break;
        seen = jobs.length;
        const again = jobs.slice(0, -1).some(({ job }) => job === jobs.at(-1)?.job);
        if (again) continue;
        await sleep(round.random.below(400));
        const worker = orchestrator.workers().at(-1);
        if (worker !== undefined && killProcess(worker)) kills += 1;
      }
      return { what: 'kill a worker in every job', kills };
    },
  ],
  [
    2,
    async round => {
      const orchestrator = await startAndWait(round);
      const killed = [orchestrator.pid, ...orchestrator.workers()].filter(pid => killProcess(pid));
      await orchestrator.end;
      return { what: 'kill orchestrator and workers', kills: killed.length };
    },
  ],
  [
    1,
    // The next orchestrator finds the workers of this one still there: they cannot even hear that it is gone.
    async round => {
      const orchestrator = start(round);
      await orchestrator.seen('job');
      await sleep(round.random.below(1_000));
      const workers = orchestrator.workers().filter(pid => killProcess(pid, 'SIGSTOP'));
      const killed = killProcess(orchestrator.pid);
      await orchestrator.end;
      setTimeout(() => {
        for (const pid of workers) killProcess(pid, 'SIGCONT');
      }, 1_000);
      return { what: 'kill the orchestrator of a worker that lives on', kills: Number(killed) };
    },
  ],
  [
    1,
    async round => {
      const point = `worker/say.progress:${round.random.between(1, 6)}:hang`;
      return { what: point, kills: Number(await withFailPoint(round, point, 6_000)) };
    },
  ],
  [
    1,
    async round => {
      const [first, second] = [start(round), await startAndWait(round)];
      const ends = await Promise.all([first.end, second.end]);
      const bad = ends.find(({ code }) => code !== 0 && code !== 5);
      if (bad) throw new Error(`two orchestrators at once: ${JSON.stringify(bad)}`);
      return { what: 'two orchestrators at once', kills: 0 };
    },
  ],
  [
    1,
    async round => {
      const orchestrator = await startAndWait(round);
      killProcess(orchestrator.pid, 'SIGTERM');
      await orchestrator.end;
      return { what: 'stop politely', kills: 0 };
    },
  ],
  [
    2,
    async round => {
      const orchestrator = await startAndWait(round);
      const killed = [orchestrator.pid, ...orchestrator.workers()].filter(pid => killProcess(pid));
      await orchestrator.end;
      const torn = tearFiles(round);
      return { what: `kill orchestrator and workers, tear ${torn} files`, kills: killed.length };
    },
  ],
];

/**
 * Cuts files off that a crash of the machine can leave short: unfinished ones, checkpoints, notes, the end of the WAL, and
 * finished stages of which the database does not say that they are on the disk.
 */
function tearFiles(round: Round): number {
  const { workspace, random } = round;
  const home = join(workspace, '.sweetspot');
  if (!existsSync(home)) return 0;
  const unsure = unsureStages(workspace);
  const files = readdirSync(home, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(
      path =>
        /\.partial\/|\/checkpoints\/|\/workers\/|store\.db-wal$/.test(path) ||
        unsure.has(stageOf(path) ?? ''),
    )
    .sort();
  let torn = 0;
  for (const path of files) {
    if (!random.chance(0.3)) continue;
    const { size } = statSync(path);
    truncateSync(path, random.below(size + 1));
    torn += 1;
    const stage = stageOf(path);
    if (stage !== undefined && unsure.has(stage)) round.torn.add(stage);
  }
  return torn;
}

const stageOf = (path: string): string | undefined => /\/stages\/([^/]+)\//.exec(path)?.[1];

function unsureStages(folder: string): Set<string> {
  const workspace = workspaceAt(folder);
  const folders = existsSync(workspace.stages)
    ? readdirSync(workspace.stages).filter(name => !isPartial(name))
    : [];
  try {
    const database = openForReading(workspace.databaseFile);
    const rows = completedStages(database);
    const unflushed = unflushedStages(database);
    database.close();
    return new Set([...unflushed, ...folders.filter(key => !rows.has(key))]);
  } catch {
    // Killed before there was a table.
    return new Set(folders);
  }
}

/** Disturbs a run in a way that chance decides. */
export async function disturb(round: Round): Promise<Disturbed> {
  const total = KINDS.reduce((sum, [weight]) => sum + weight, 0);
  let at = round.random.below(total);
  for (const [weight, kind] of KINDS) {
    if (at < weight) return kind(round);
    at -= weight;
  }
  throw new Error('unreachable');
}
