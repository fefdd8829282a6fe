import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PROGRAM = join(import.meta.dirname, 'orchestrator.mjs');
/** In the environment of everything that a round starts, so that nothing left over can hide. */
const MARK = 'SWEETSPOT_CHAOS_ROUND';

export interface ChaosEvent {
  event: string;
  key?: string;
  job?: string;
  pid?: number;
}

export interface Orchestrator {
  child: ChildProcess;
  pid: number;
  events: ChaosEvent[];
  /** The processes of its workers so far. */
  workers(): number[];
  /** Resolves with the first event of this name, or when the process ends. */
  seen(event: string): Promise<void>;
  /** Resolves with all events of this name when there are more than `known`, or when the process ends. */
  next(event: string, known: number): Promise<ChaosEvent[]>;
  end: Promise<{ code: number | null; signal: string | null; stderr: string }>;
}

export function startOrchestrator(
  file: string,
  workspace: string,
  settings: { slots: number; hangMs: number; mark: string; env?: Record<string, string> },
): Orchestrator {
  const { slots, hangMs, mark, env = {} } = settings;
  const child = spawn(process.execPath, [PROGRAM, file, workspace, JSON.stringify({ slots, hangMs })], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, [MARK]: mark, SWEETSPOT_CHECKPOINTING_STEPS: '1', ...env },
  });
  const events: ChaosEvent[] = [];
  const waiting = new Map<string, () => void>();
  let stderr = '';
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = JSON.parse(line) as ChaosEvent;
      events.push(event);
      waiting.get(event.event)?.();
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const end = once(child, 'close').then(([code, signal]) => ({ code, signal, stderr }));
  const named = (name: string): ChaosEvent[] => events.filter(({ event }) => event === name);
  const next = (name: string, known: number): Promise<ChaosEvent[]> =>
    Promise.race([
      new Promise<void>(resolve => {
        if (named(name).length > known) resolve();
        else waiting.set(name, resolve);
      }),
      end,
    ]).then(() => named(name));
  return {
    child,
    pid: child.pid ?? 0,
    events,
    workers: () => named('worker').flatMap(({ pid }) => pid ?? []),
    seen: event => next(event, 0).then(() => undefined),
    next,
    end,
  };
}

/** SIGKILL; false where there is no such process any more. */
export function killProcess(pid: number, signal: NodeJS.Signals = 'SIGKILL'): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** The processes of a round that live (zombies do not). */
export function processesOf(mark: string): number[] {
  const wanted = `${MARK}=${mark}\0`;
  return readdirSync('/proc').flatMap(name => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return readFileSync(`/proc/${name}/environ`, 'utf8').includes(wanted) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

/** Waits until nothing of the round lives; gives what does after all. */
export async function awaitNoProcess(mark: string, withinMs: number): Promise<number[]> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const left = processesOf(mark);
    if (left.length === 0 || Date.now() > deadline) return left;
    await sleep(50);
  }
}
