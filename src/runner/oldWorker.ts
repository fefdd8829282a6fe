import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeError } from '../core/files.ts';
import type { Workspace } from '../store/workspace.ts';

/** A worker ends at its next step when its orchestrator is gone; one that takes longer is not waited for. */
const GRACE_MS = 10_000;
const POLL_MS = 50;

const recordFile = (workspace: Workspace): string => join(workspace.home, 'worker.json');

/** Notes the live worker, so that the next orchestrator knows whom to wait for if this one is killed. */
export function recordWorker(workspace: Workspace, pid: number): void {
  const path = recordFile(workspace);
  try {
    writeFileSync(path, `${JSON.stringify({ pid, started: startOf(pid) })}\n`);
  } catch (error) {
    throw writeError(error, path);
  }
}

/** Takes the note back: the worker is gone. */
export function forgetWorker(workspace: Workspace): void {
  rmSync(recordFile(workspace), { force: true });
}

/**
 * Waits for the worker of an orchestrator that was killed, and kills it when it does not end by itself: until then it may
 * write into the folders that the caller is about to clean up. A process that only got the same number is left alone.
 */
export async function awaitOldWorker(
  workspace: Workspace,
  { graceMs = GRACE_MS }: { graceMs?: number } = {},
): Promise<void> {
  const old = readRecord(recordFile(workspace));
  if (old) {
    const lives = (): boolean => old.started !== undefined && startOf(old.pid) === old.started;
    const deadline = Date.now() + graceMs;
    let killed = false;
    while (lives()) {
      if (!killed && Date.now() >= deadline) {
        killed = true;
        process.kill(old.pid, 'SIGKILL');
      } else if (Date.now() >= deadline + GRACE_MS) break; // not even the kernel can end it now: go on
      await sleep(POLL_MS);
    }
  }
  forgetWorker(workspace);
}

function readRecord(path: string): { pid: number; started: string | undefined } | undefined {
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
