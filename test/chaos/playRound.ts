import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sweepStatuses } from '../../src/runner/sweepStatus.ts';
import { openForReading } from '../../src/store/database.ts';
import { workspaceAt } from '../../src/store/workspace.ts';
import { tempDir } from '../support/tmp.ts';
import { writeChaosSweep } from './chaosSweep.ts';
import { type Disturbed, disturb, type Round, start } from './disturbances.ts';
import { awaitNoProcess, processesOf } from './processes.ts';
import { firstDifference, leftovers, reportData, resultBytes } from './results.ts';
import type { SeededRandom } from './seededRandom.ts';

export interface Reference {
  bytes: Record<string, string>;
  report: unknown;
  /** Keys of all stages, once each. */
  stages: string[];
  ms: number;
}

export interface RoundResult {
  disturbed: Disturbed[];
  reads: number;
  /** What is wrong; empty where all is well. */
  faults: string[];
}

const READ_EVERY_MS = 20;
/** A worker has ten seconds to end after its orchestrator, and the machine may be busy. */
const GONE_WITHIN_MS = 30_000;

/** The undisturbed run that everything else is held against. */
export async function playReference(slots: number): Promise<Reference> {
  const workspace = tempDir();
  const round = newRound(workspace, { slots, usualMs: 0 });
  const started = Date.now();
  const orchestrator = start(round);
  const { code, stderr } = await orchestrator.end;
  if (code !== 0) throw new Error(`the undisturbed run failed: ${stderr}`);
  const stages = orchestrator.events.flatMap(({ event, key }) => (event === 'stage' && key ? [key] : []));
  return {
    bytes: resultBytes(workspace),
    report: reportData(workspace),
    stages: stages.sort(),
    ms: Date.now() - started,
  };
}

/** Disturbs runs in one workspace one after the other, lets the last end in peace, and compares. */
export async function playRound(
  random: SeededRandom,
  reference: Reference,
  disturbances: number,
): Promise<RoundResult> {
  const workspace = tempDir();
  const round = newRound(workspace, { slots: random.pick([1, 1, 2]), usualMs: reference.ms, random });
  const reader = hammer(workspace);
  const disturbed: Disturbed[] = [];
  const faults: string[] = [];
  try {
    for (let i = 0; i < disturbances; i++) {
      disturbed.push(await disturb(round));
      // Where all is made there is nothing left to disturb.
      if ((await round.started.at(-1)?.end)?.code === 0) break;
      // Half of the time the next one comes while workers of the last may still be there.
      if (random.chance(0.5)) faults.push(...(await orphans(round.mark)));
    }
    // What chance left broken may cost a job its attempts: then the same command once more, as a user would.
    for (let tries = 0; ; tries++) {
      const { code, signal, stderr } = await start(round).end;
      if (code === 0) break;
      if (tries === 1) {
        faults.push(`the last run ended with ${code ?? signal}: ${stderr}`);
        break;
      }
    }
    faults.push(...(await orphans(round.mark)));
    const reads = reader.stop();
    faults.push(...reader.faults, ...compare(workspace, reference, round));
    return { disturbed, reads, faults };
  } catch (error) {
    reader.stop();
    return { disturbed, reads: 0, faults: [...faults, String(error)] };
  } finally {
    for (const pid of processesOf(round.mark)) process.kill(pid, 'SIGKILL');
    rmSync(workspace, { recursive: true, force: true, maxRetries: 3 });
  }
}

let rounds = 0;

function newRound(
  workspace: string,
  rest: Pick<Round, 'slots' | 'usualMs'> & { random?: SeededRandom },
): Round {
  rounds += 1;
  let markers = 0;
  return {
    random: undefined as never,
    ...rest,
    workspace,
    file: writeChaosSweep(workspace),
    mark: `${process.pid}-${rounds}`,
    freshMarker() {
      markers += 1;
      return join(workspace, `spent-${markers}`);
    },
    started: [],
    torn: new Set(),
  };
}

async function orphans(mark: string): Promise<string[]> {
  const left = await awaitNoProcess(mark, GONE_WITHIN_MS);
  return left.length === 0 ? [] : [`processes left over: ${left.join(', ')}`];
}

/** Reads the store all the time, as `status` in a loop would: it must never be locked out, nor see anything broken. */
function hammer(folder: string): { faults: string[]; stop(): number } {
  const workspace = workspaceAt(folder);
  const faults: string[] = [];
  let reads = 0;
  const timer = setInterval(() => {
    if (!existsSync(workspace.databaseFile)) return;
    try {
      sweepStatuses(workspace);
      reads += 1;
    } catch (error) {
      // An orchestrator that has just begun, or was killed then, has written nothing yet.
      if (!/there is no sweep in this workspace yet/.test(String(error)) && faults.length < 3) {
        faults.push(`a reader failed: ${error}`);
      }
    }
  }, READ_EVERY_MS);
  return {
    faults,
    stop() {
      clearInterval(timer);
      return reads;
    },
  };
}

function compare(workspace: string, reference: Reference, { started, torn }: Round): string[] {
  const faults: string[] = [];
  const bytes = resultBytes(workspace);
  for (const name of new Set([...Object.keys(reference.bytes), ...Object.keys(bytes)])) {
    if (bytes[name] === reference.bytes[name]) continue;
    const how =
      bytes[name] === undefined
        ? 'is missing'
        : reference.bytes[name] === undefined
          ? 'is too much'
          : 'differs';
    faults.push(`${name} ${how}`);
  }
  const difference = firstDifference(reference.report, reportData(workspace));
  if (difference !== null) faults.push(`the report differs: ${difference}`);
  faults.push(...leftovers(workspace).map(name => `left over: ${name}`));
  const completed = started.flatMap(({ events }) =>
    events.flatMap(({ event, key }) => (event === 'stage' && key ? [key] : [])),
  );
  const twice = completed.filter((key, i) => completed.indexOf(key) !== i && !torn.has(key));
  faults.push(...twice.map(key => `${key} was completed twice`));
  const database = openForReading(workspaceAt(workspace).databaseFile);
  const check = database.pragma('integrity_check', { simple: true });
  database.close();
  if (check !== 'ok') faults.push(`the database is damaged: ${check}`);
  return faults;
}
