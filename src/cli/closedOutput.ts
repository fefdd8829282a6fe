import { EXIT } from '../core/errors.ts';

/**
 * `sweetspot plan FILE | head` closes the pipe early. A command that only prints is done then; one that computes is asked
 * to stop, as by SIGTERM, and saves what it has.
 */
export function onClosedOutput(stream: NodeJS.WriteStream): void {
  let closed = false;
  stream.on('error', error => {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    if (closed) return;
    closed = true;
    if (process.listenerCount('SIGTERM') === 0) process.exit(process.exitCode ?? EXIT.done);
    process.emit('SIGTERM', 'SIGTERM');
  });
}
