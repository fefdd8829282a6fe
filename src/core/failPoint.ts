/** Named places where a test can make this process die, stall or meet a full disk. Off, a call costs one comparison. */
import { closeSync, openSync } from 'node:fs';

/** `worker` in worker processes, `run` in the others. */
export type FailRole = 'run' | 'worker';

interface Armed {
  name: string;
  /** Passes that go well before the one that does not. */
  left: number;
  action: string;
}

/** The environment variables that arm one fail point, and the file that says that it has gone off already. */
export const FAIL_POINT = 'SWEETSPOT_FAILPOINT';
export const FAIL_POINT_SPENT = 'SWEETSPOT_FAILPOINT_SPENT';
/** Set for worker processes by who starts them. */
export const FAIL_ROLE = 'SWEETSPOT_ROLE';

let armed = read(process.env);

/**
 * Passes the place `name`. Armed by `SWEETSPOT_FAILPOINT=[role/]name:count:action`, the count-th pass of a process does
 * `kill` (SIGKILL itself), `exit`, `throw` (a bug), `full` (a full disk), or `hang` (compute for ever). The `name` may end in `*`. Once
 * it has gone off, the file named by `SWEETSPOT_FAILPOINT_SPENT` keeps it from doing so in later processes.
 */
export function failPoint(name: string): void {
  if (armed === undefined || !matches(armed.name, name)) return;
  armed.left -= 1;
  if (armed.left > 0) return;
  const { action } = armed;
  armed = undefined;
  if (spend(process.env[FAIL_POINT_SPENT])) act(action, name);
}

function read(env: NodeJS.ProcessEnv): Armed | undefined {
  const [, role, name, count, action] =
    /^(?:(run|worker)\/)?([^:/]+):(\d+):(\w+)$/.exec(env[FAIL_POINT] ?? '') ?? [];
  if (name === undefined || action === undefined) return undefined;
  if (role !== undefined && role !== (env[FAIL_ROLE] ?? 'run')) return undefined;
  return { name, left: Number(count), action };
}

const matches = (wanted: string, name: string): boolean =>
  wanted.endsWith('*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted;

/** Whether this is the first process that gets here. */
function spend(marker: string | undefined): boolean {
  if (marker === undefined) return true;
  try {
    closeSync(openSync(marker, 'wx'));
    return true;
  } catch {
    return false;
  }
}

function act(action: string, name: string): void {
  switch (action) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      // The signal is delivered on the way out of the system call; nothing more is done here.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
      return;
    case 'exit':
      process.exit(1);
      return;
    case 'full':
      throw Object.assign(new Error(`ENOSPC: no space left on device (${name})`), {
        code: 'ENOSPC',
        syscall: 'write',
      });
    case 'hang':
      for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
    default:
      throw new Error(`fail point ${name}`);
  }
}
