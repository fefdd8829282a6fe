import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface CliResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface CliRun extends Promise<CliResult> {
  child: ChildProcess;
  /** Resolves when standard output has had a line that matches. */
  line(pattern: RegExp): Promise<string>;
}

/** Starts the built command line, as a user would, in `cwd`. */
export function startCli(args: readonly string[], cwd: string): CliRun {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const look of waiting) look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const result = once(child, 'close').then(
    ([code, signal]) => ({ code, signal, stdout, stderr }) as CliResult,
  );
  const line = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = stdout.split('\n').find(text => pattern.test(text));
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      void result.then(() => reject(new Error(`ended without a line ${pattern}: ${stderr}`)));
    });
  return Object.assign(result, { child, line });
}

export const runCli = (args: readonly string[], cwd: string): Promise<CliResult> => startCli(args, cwd);

/** The events of `run --json`. */
export const eventsOf = (stdout: string): { event: string; [key: string]: unknown }[] =>
  stdout
    .split('\n')
    .filter(text => text.startsWith('{'))
    .map(text => JSON.parse(text));
