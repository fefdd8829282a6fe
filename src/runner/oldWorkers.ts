import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeError } from '../core/files.ts';
import { makeFolder } from '../core/makeFolder.ts';
import type { Workspace } from '../store/workspace.ts';

/** A worker ends at its next step when its orchestrator is gone; one that takes longer is not waited for. */
const GRACE_MS = 10_000;
const POLL_MS = 50;

interface WorkerRecord {
  pid: number;
  started: string | undefined;
}

const recordsFolder = (workspace: Workspace): string => join(workspace.home, 'workers');
const recordFile = (workspace: Workspace, pid: number): string =>
  join(recordsFolder(workspace), `${pid}.json`);

/** Notes a live worker, so that the next orchestrator knows whom to wait for if this one is killed. */
export function recordWorker(workspace: Workspace, pid: number): void {
  const path = recordFile(workspace, pid);
  try {
    makeFolder(recordsFolder(workspace));
    writeFileSync(`${path}.new`, `${JSON.stringify({ pid, started: startOf(pid) })}\n`);
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw writeError(error, path);
  }
}

/** Takes the note back: the worker is gone. */
export function forgetWorker(workspace: Workspace, pid: number): void {
  rmSync(recordFile(workspace, pid), { force: true });
}

/**
 * Waits for the workers of an orchestrator that was killed, and kills those that do not end by themselves: until then
 * they may write into the folders that the caller is about to clean up. A process that only got the same number is left
 * alone.
 * @throws E_WRITE where the notes cannot be removed: the workspace is read-only
 */
export async function awaitOldWorkers(workspace: Workspace, { graceMs = GRACE_MS } = {}): Promise<void> {
  const deadline = Date.now() + graceMs;
  await Promise.all(readRecords(workspace).map(record => awaitEnd(record, deadline)));
  const folder = recordsFolder(workspace);
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    throw writeError(error, folder);
  }
}

async function awaitEnd({ pid, started }: WorkerRecord, deadline: number): Promise<void> {
  for (let killed = false; started !== undefined && startOf(pid) === started; ) {
    if (!killed && Date.now() >= deadline) {
      killed = true;
      killGroup(pid);
    } else if (Date.now() >= deadline + GRACE_MS) return; // not even the kernel can end it now: go on
    await sleep(POLL_MS);
  }
}

/** A worker leads a group of its own; one that does not yet is killed alone. */
function killGroup(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // It is gone.
    }
  }
}

function readRecords(workspace: Workspace): WorkerRecord[] {
  let names: string[];
  try {
    names = readdirSync(recordsFolder(workspace));
  } catch {
    return [];
  }
  return names.flatMap(name => readRecord(join(recordsFolder(workspace), name)) ?? []);
}

function readRecord(path: string): WorkerRecord | undefined {
  try {
    const { pid, started } = JSON.parse(readFileSync(path, 'utf8'));
    return Number.isSafeInteger(pid) && pid > 1 ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}

/** When a process was started, in whatever unit the system tells it; undefined when it is gone (a zombie is). */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') {
      return (
        execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
      );
    }
    // proc(5): state is the first field behind the name in parentheses, starttime the twentieth.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
