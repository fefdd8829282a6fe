import { failPoint } from '../core/failPoint.ts';
import type { WorkerCommand, WorkerMessage } from '../stages/job.ts';

/** The line to the orchestrator. Where it breaks, `onGone` is called once: a worker never outlives its parent. */
export interface Connection {
  send(message: WorkerMessage): void;
}

export function connectToParent(
  onCommand: (command: WorkerCommand) => void,
  onGone: () => void,
): Connection | undefined {
  if (!process.send) return undefined;
  process.on('message', message => onCommand(message as WorkerCommand));
  process.once('disconnect', onGone);
  return {
    send(message) {
      // The callback keeps a parent that has just died from throwing here; `disconnect` follows.
      failPoint(`say.${message.type}`);
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
    },
  };
}
