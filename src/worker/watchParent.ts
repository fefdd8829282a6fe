import { Worker } from 'node:worker_threads';

/** Time to end the step and to save a checkpoint, as the main thread does when the line to the orchestrator breaks. */
const GRACE_MS = 10_000;
const POLL_MS = 1_000;

/**
 * Ends this process when its orchestrator is gone, even while the main thread computes or hangs: a thread of its own
 * looks every second whether the parent is still the same. No worker is ever left over.
 */
export function watchParent({ graceMs = GRACE_MS, pollMs = POLL_MS } = {}): void {
  const thread = new Worker(
    `const { workerData: { parent, graceMs, pollMs } } = require('node:worker_threads');
    let gone;
    setInterval(() => {
      if (process.ppid === parent) return;
      gone ??= Date.now();
      if (Date.now() - gone >= graceMs) process.kill(process.pid, 'SIGKILL');
    }, pollMs);`,
    { eval: true, workerData: { parent: process.ppid, graceMs, pollMs } },
  );
  thread.unref();
}
