// One run of the no-op sweep, in this process: how long until the first job, and until the end.
import { join } from 'node:path';
import { runSweep } from '../../dist/runner/runSweep.js';
import { workspaceAt } from '../../dist/store/workspace.js';
import { noOpSweep } from './sweep.mjs';

export async function runOnce(folder, trials, slots) {
  const sweep = await noOpSweep(folder, trials);
  const started = performance.now();
  const since = () => (performance.now() - started) / 1000;
  let planSeconds = 0;
  let firstJobSeconds = null;
  let stages = 0;
  const end = await runSweep(sweep, workspaceAt(folder), {
    slots: { slots, usualShares: null, gpus: null, shareGpus: false, threads: null },
    worker: { entry: join(import.meta.dirname, 'worker.mjs') },
    signal: new AbortController().signal,
    onPlan: () => {
      planSeconds = since();
    },
    emit: event => {
      if (event.event === 'job') firstJobSeconds ??= since();
      if (event.event === 'stage') stages += 1;
    },
  });
  if (end.state !== 'complete') throw new Error(`the run ended ${end.state}`);
  return { seconds: since(), planSeconds, firstJobSeconds, stages };
}
