import { counted } from '../core/counted.ts';
import type { Hello } from '../runner/workerProcess.ts';
import type { ProgressLine } from './progressLine.ts';

/** One line; `compile` is told where it is not the usual way. */
export function computingOn(backend: string, threads: number, compile: string | undefined): string {
  const how = compile === 'xla' ? ' with XLA' : '';
  return `computing on ${backend}${how}, ${counted(threads, 'thread')}`;
}

/** Says once what a command computes on, and why it is not the fastest if it is not. */
export const sayBackend =
  (line: ProgressLine) =>
  ({ backend, device, threads, versions, warning }: Hello): void => {
    const where = device === 'gpu' ? ' on a GPU' : '';
    line.say(computingOn(`${backend}${where}`, threads, versions.compile));
    if (warning) line.say(`warning: ${warning}`);
  };
