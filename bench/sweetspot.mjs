// The built command line, as benches call it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const BIN = join(import.meta.dirname, '../dist/cli/main.js');

/** Runs a command and ends with its exit code when it fails; `stdout`: `inherit` to show it, `pipe` to return it. */
export function sweetspot(args, stdout) {
  if (!existsSync(BIN)) throw new Error('not built: npm run build');
  const end = spawnSync(process.execPath, [BIN, ...args], {
    stdio: ['ignore', stdout, 'inherit'],
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (end.status !== 0) process.exit(end.status ?? 1);
  return end.stdout;
}

/** `--threads` and `--backend` as they were given to the bench. */
export const passedOn = options =>
  ['threads', 'backend'].flatMap(key => (options[key] ? [`--${key}`, options[key]] : []));
