// A whole sweep, start to page, beside what people do without us: a loop of train_dreambooth.py processes, one per trial,
// and one script that makes the same pictures of each.
//   node bench/sweep/run.mjs [--python VENV --train-script PATH] [--threads 2] [--slots N] [--scale 1] [--rounds 1] [--json FILE]
// --scale 0.02 is a quick look: so many times the steps and class pictures. With several rounds the sides take turns.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from '../sideBySide.mjs';
import { runLoop } from './loop.mjs';
import { runOurs } from './ours.mjs';
import { planSweep } from './plan.mjs';
import { printTable, summarize } from './table.mjs';

const { values: options } = parseArgs({
  options: {
    python: { type: 'string' },
    'train-script': { type: 'string' },
    threads: { type: 'string', default: String(Math.min(2, os.availableParallelism())) },
    slots: { type: 'string' },
    scale: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
const { python, 'train-script': script } = options;
if ((python === undefined) !== (script === undefined)) {
  console.error(
    '--python and --train-script go together: a venv with torch and diffusers, and their train_dreambooth.py',
  );
  process.exit(2);
}
const threads = Number(options.threads);
const plan = planSweep(Number(options.scale));
const scratch = mkdtempSync(path.join(os.tmpdir(), 'bench-sweep-'));
const say = text => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
const before = machine();
const rounds = [];
try {
  for (let round = 0; round < Number(options.rounds); round++) {
    const ours = await runOurs(plan, path.join(scratch, `ours-${round}`), {
      threads,
      slots: options.slots === undefined ? null : Number(options.slots),
    });
    say(`sweetspot run: ${ours.seconds.toFixed(0)} s`);
    const onTrial = ({ seconds, steps, stepSeconds }) =>
      say(
        `train_dreambooth.py, ${steps} steps: ${seconds.toFixed(0)} s, ${((1000 * stepSeconds) / steps).toFixed(0)} ms a step`,
      );
    const loop = python
      ? await runLoop(plan, path.join(scratch, `loop-${round}`), {
          python: python.includes('/') ? path.resolve(python) : python,
          script: path.resolve(script),
          threads,
          onTrial,
        })
      : null;
    if (loop) say(`the loop: ${loop.seconds.toFixed(0)} s`);
    rounds.push({ ours, loop });
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
const tfjs = JSON.parse(
  readFileSync(new URL('../../node_modules/@tensorflow/tfjs-core/package.json', import.meta.url)),
);
const result = {
  what: `${plan.trials.length} trials, ${plan.allSteps()} steps one by one, ${plan.classImages} class pictures, ${plan.pictures} pictures of 25 steps`,
  scale: Number(options.scale),
  threads,
  slots: rounds[0].ours.slots,
  ...machine(),
  loadAverageBefore: before.loadAverage,
  versions: { tfjs: tfjs.version, ...rounds[0].loop?.versions },
  summary: summarize(plan, rounds, rounds[0].ours.slots),
  rounds,
};
printTable(result);
if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
