import type { Hello } from '../runner/workerProcess.ts';
import type { ProgressLine } from './progressLine.ts';

/** Says once what a command computes on, and why it is not the fastest if it is not. */
export const sayBackend =
  (line: ProgressLine) =>
  ({ backend, device, threads, warning }: Hello): void => {
    const where = device === 'gpu' ? ' on a GPU' : '';
    line.say(`computing on ${backend}${where}, ${threads} thread${threads === 1 ? '' : 's'}`);
    if (warning) line.say(`warning: ${warning}`);
  };
