// `sweetspot run` without the command line around it and without the page: what the chaos suite starts and kills.
// Arguments: sweep file, workspace, JSON with slots and hangMs. Events go to standard output, one a line.
import { runSweep } from '../../dist/runner/runSweep.js';
import { workspaceAt } from '../../dist/store/workspace.js';
import { readSweep } from '../../dist/sweep/readSweep.js';

const [file, folder, json] = process.argv.slice(2);
const { slots, hangMs } = JSON.parse(json);
const { sweep } = await readSweep(file);
const controller = new AbortController();
process.on('SIGTERM', () => controller.abort());
try {
  const { state } = await runSweep(sweep, workspaceAt(folder), {
    worker: { backend: 'wasm' },
    slots: { slots, usualShares: null, gpus: null, shareGpus: false, threads: 1 },
    limits: { maxFailures: null, failFast: false, stageMs: null, hangMs },
    measure: false,
    signal: controller.signal,
    emit: event => console.log(JSON.stringify(event)),
  });
  process.exitCode = { complete: 0, failed: 1, stopped: 143 }[state];
} catch (error) {
  console.error(error.message ?? error);
  process.exitCode = error.exitCode ?? 70;
}
