// A batch of pictures of the pocket model (ddim, guidance 5) on our own kernels, on the composed ones, on native
// TensorFlow where it is installed (with --xla also compiled by XLA, which takes a minute), and in diffusers if a Python with torch and diffusers is given; see sideBySide.mjs.
//   node bench/sample.mjs [--batch 4] [--steps 25] [--rounds 5] [--threads 1,2] [--xla] [--python VENV] [--json FILE] [--profile]
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { printProfile } from './profileKernels.mjs';
import { machine, median, ourKernels, startOwn, startTorch, takeTurns } from './sideBySide.mjs';

const { values: options } = parseArgs({
  options: {
    batch: { type: 'string', default: '4' },
    steps: { type: 'string', default: '25' },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '1,2' },
    xla: { type: 'boolean', default: false },
    python: { type: 'string' },
    json: { type: 'string' },
    profile: { type: 'boolean', default: false },
  },
});
const args = [options.batch, options.steps];
const kinds = await ourKernels(options);
const variants = options.threads.split(',').flatMap(count => {
  const threads = Number(count);
  return [
    ...kinds.map(kernels => startOwn('sample-worker.mjs', kernels, args, threads)),
    ...(options.python ? [startTorch('sample.py', options.python, args, threads)] : []),
  ];
});
await takeTurns(variants, Number(options.rounds), 1);
if (options.profile)
  for (const variant of variants) if (variant.profile) variant.shares = await variant.profile();
for (const variant of variants) variant.end();

const medianOf = (kernels, threads) => {
  const variant = variants.find(v => v.kernels === kernels && v.threads === threads);
  return variant && median(variant.times);
};
const leastCpuOf = (kernels, threads) =>
  Math.min(...variants.find(v => v.kernels === kernels && v.threads === threads).cpuTimes);
const rows = variants.map(({ kernels, threads, times, cpuTimes, answers, version, shares }) => ({
  kernels,
  threads,
  version,
  minMs: Math.min(...times),
  medianMs: median(times),
  medianCpuMs: median(cpuTimes),
  timesFasterThanComposed: medianOf('composed', threads) / median(times),
  timesSlowerThanDiffusers: options.python ? median(times) / medianOf('pytorch', threads) : null,
  /** Processor time at best: what a loaded machine disturbs least. */
  cpuOfDiffusers: options.python ? Math.min(...cpuTimes) / leastCpuOf('pytorch', threads) : null,
  meanOfPixels: answers[0].mean,
  ...(shares ? { shares } : {}),
}));
const what = `${options.batch} pictures of models/pocket, ${options.steps} ddim steps, guidance 5, float32`;
const result = { what, rounds: Number(options.rounds), ...machine(), rows };
console.log(`${what}; ${result.cpu}, ${result.cores} cores, load ${result.loadAverage.toFixed(1)}`);
console.log(
  'kernels    threads   min ms  median ms  CPU ms  vs composed  vs diffusers  (CPU, min)  mean of pixels',
);
for (const row of rows) {
  console.log(
    row.kernels.padEnd(11) +
      String(row.threads).padStart(7) +
      row.minMs.toFixed(0).padStart(9) +
      row.medianMs.toFixed(0).padStart(11) +
      row.medianCpuMs.toFixed(0).padStart(8) +
      `${row.timesFasterThanComposed.toFixed(2)}x`.padStart(13) +
      (row.timesSlowerThanDiffusers ? `${row.timesSlowerThanDiffusers.toFixed(2)}x` : '-').padStart(14) +
      (row.cpuOfDiffusers ? `${row.cpuOfDiffusers.toFixed(2)}x` : '-').padStart(12) +
      row.meanOfPixels.toFixed(3).padStart(16),
  );
  printProfile(row.shares ?? []);
}
if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
