import { spawn } from 'node:child_process';
import { SweetspotError } from '../../core/errors.ts';

export interface ToolOptions {
  cwd?: string;
  env?: Record<string, string>;
  signal: AbortSignal;
}

/** A program's end; `code` is null where it is not there at all. */
export interface ToolEnd {
  code: number | null;
  stdout: string;
  /** Both streams, in the order they came. */
  output: string;
}

/** More than this of a tool's output helps nobody. */
const MAX_OUTPUT = 1_000_000;

/** Runs a program to its end and keeps what it prints. An abort of the signal ends it and throws the signal's reason. */
export function runTool(command: string, args: readonly string[], options: ToolOptions): Promise<ToolEnd> {
  const { cwd, env, signal } = options;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout = (stdout + text).slice(-MAX_OUTPUT);
      output = (output + text).slice(-MAX_OUTPUT);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-MAX_OUTPUT);
    });
    child.once('error', error => {
      if (signal.aborted) reject(signal.reason);
      else if ('code' in error && error.code === 'ENOENT') resolve({ code: null, stdout: '', output: '' });
      else reject(new SweetspotError('E_BACKEND', `${command} could not be run`, { got: error.message }));
    });
    child.once('close', code => {
      if (signal.aborted) reject(signal.reason);
      else resolve({ code: code ?? -1, stdout, output });
    });
  });
}

/** The end of what a tool printed, in one line: where compilers and package managers say what was wrong. */
export function lastLines(output: string, count = 3): string {
  const lines = output
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !/^(npm notice|WARNING:)/.test(line));
  return lines.slice(-count).join(' | ').slice(0, 600);
}
