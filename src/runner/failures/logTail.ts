import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

const MAX_BYTES = 4_000;
const MAX_LINES = 20;

/** How long a log is now: where the lines of the next attempt begin. */
export const logLength = (path: string | undefined): number =>
  path === undefined ? 0 : (statSync(path, { throwIfNoEntry: false })?.size ?? 0);

/** The last lines that were written to a log since it was `from` bytes long. */
export function logTail(path: string | undefined, from: number): string {
  if (path === undefined) return '';
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(file);
    const start = Math.max(from, size - MAX_BYTES);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    readSync(file, buffer, 0, buffer.length, start);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-MAX_LINES).join('\n');
  } finally {
    closeSync(file);
  }
}
