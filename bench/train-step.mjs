// One training step of the pocket model's UNet (forward, loss, backward, clipping, AdamW) on our own kernels, on the
// composed ones and on native TensorFlow where it is installed, with one and more threads, and in PyTorch if a Python with torch and diffusers is given. All variants
// live side by side as processes of their own and take turns, so that a noisy machine is equally unfair to all. With --xla
// native TensorFlow once more with graphs that XLA compiles, for which the first step takes a minute.
//   node bench/train-step.mjs [--batch 2] [--rounds 15] [--threads 1,2] [--xla] [--python VENV] [--json FILE] [--profile]
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { printProfile } from './profileKernels.mjs';
import { machine, median, ourKernels, startOwn, startTorch, takeTurns } from './sideBySide.mjs';

const { values: options } = parseArgs({
  options: {
    batch: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '15' },
    threads: { type: 'string', default: '1,2' },
    xla: { type: 'boolean', default: false },
    python: { type: 'string' },
    json: { type: 'string' },
    profile: { type: 'boolean', default: false },
  },
});
const here = path.dirname(fileURLToPath(import.meta.url));
const batch = Number(options.batch);
const rounds = Number(options.rounds);
const threadCounts = options.threads.split(',').map(Number);
const WARM_UP = 4;

const variants = [];
for (const threads of threadCounts) {
  for (const kernels of await ourKernels(options)) {
    variants.push(startOwn('train-step-worker.mjs', kernels, [batch], threads));
  }
  if (options.python) variants.push(startTorch('train_step.py', options.python, [batch], threads));
}
await takeTurns(variants, rounds, WARM_UP);
if (options.profile)
  for (const variant of variants) if (variant.profile) variant.shares = await variant.profile();
for (const variant of variants) variant.end();

const rows = variants.map(({ kernels, threads, times, cpuTimes, answers, version, shares }) => {
  const composed = variants.find(v => v.kernels === 'composed' && v.threads === threads);
  const torch = variants.find(v => v.kernels === 'pytorch' && v.threads === threads);
  return {
    kernels,
    threads,
    version,
    minMs: Math.min(...times),
    medianMs: median(times),
    medianCpuMs: median(cpuTimes),
    timesFasterThanComposed: median(composed.times) / median(times),
    timesFasterThanComposedAtBest: Math.min(...composed.times) / Math.min(...times),
    ...(torch ? { timesSlowerThanTorch: median(times) / median(torch.times) } : {}),
    firstLosses: answers.slice(0, 4).map(({ loss }) => loss),
    ...(shares ? { shares } : {}),
  };
});
const result = {
  what: `one training step of models/pocket's UNet, batch ${batch}, float32`,
  rounds,
  tfjs: JSON.parse(readFileSync(path.join(here, '../node_modules/@tensorflow/tfjs-core/package.json')))
    .version,
  ...machine(),
  rows,
};
console.log(`${result.what}; ${result.cpu}, ${result.cores} cores, load ${result.loadAverage.toFixed(1)}`);
console.log(
  'kernels    threads   min ms  median ms  CPU ms  vs composed (median, min)  vs PyTorch  loss of step 1 and 4',
);
for (const row of rows) {
  const slower = row.timesSlowerThanTorch ? `${row.timesSlowerThanTorch.toFixed(2)}x` : '-';
  console.log(
    row.kernels.padEnd(11) +
      String(row.threads).padStart(7) +
      row.minMs.toFixed(0).padStart(9) +
      row.medianMs.toFixed(0).padStart(11) +
      row.medianCpuMs.toFixed(0).padStart(8) +
      `${row.timesFasterThanComposed.toFixed(2)}x, ${row.timesFasterThanComposedAtBest.toFixed(2)}x`.padStart(
        27,
      ) +
      slower.padStart(12) +
      `  ${row.firstLosses[0].toFixed(6)} ${row.firstLosses[3].toFixed(6)}`,
  );
  printProfile(row.shares ?? []);
}
if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
