// One training step of the pocket model's UNet (forward, loss, backward, clipping, AdamW) on our own kernels and on the
// composed ones, with one and more threads, and in PyTorch if a Python with torch and diffusers is given. All variants
// live side by side as processes of their own and take turns, so that a noisy machine is equally unfair to all.
//   node bench/train-step.mjs [--batch 2] [--rounds 15] [--threads 1,2] [--python VENV] [--json FILE] [--profile]
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    batch: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '15' },
    threads: { type: 'string', default: '1,2' },
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

/** A variant: `step()` does one step and gives its milliseconds. */
async function startOwn(kernels, threads) {
  const child = fork(path.join(here, 'train-step-worker.mjs'), [String(batch), String(threads)], {
    env: { ...process.env, SWEETSPOT_KERNELS: kernels },
  });
  child.once('exit', code => code && process.exit(code));
  const ask = async question => {
    child.send(question);
    return (await once(child, 'message'))[0];
  };
  return {
    kernels,
    threads,
    step: () => ask('step'),
    profile: () => ask('profile'),
    end: () => child.send('end'),
  };
}

async function startTorch(threads) {
  const python = path.join(options.python, 'bin/python');
  const child = spawn(python, [path.join(here, 'train_step.py'), String(batch), String(threads)], {
    env: { ...process.env, OMP_NUM_THREADS: String(threads) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.once('exit', code => code && process.exit(code));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const step = async () => {
    child.stdin.write('step\n');
    return JSON.parse((await lines.next()).value);
  };
  return { kernels: 'pytorch', threads, step, end: () => child.stdin.end() };
}

const variants = [];
for (const threads of threadCounts) {
  variants.push(await startOwn('composed', threads), await startOwn('own', threads));
  if (options.python) variants.push(await startTorch(threads));
}
for (const variant of variants) Object.assign(variant, { times: [], cpuTimes: [], losses: [] });
for (let round = -WARM_UP; round < rounds; round++) {
  for (const variant of variants) {
    const { ms, cpuMs, loss, version } = await variant.step();
    variant.version = version;
    if (round >= 0) {
      variant.times.push(ms);
      variant.cpuTimes.push(cpuMs);
    }
    variant.losses.push(loss);
  }
}
if (options.profile)
  for (const variant of variants) if (variant.profile) variant.shares = await variant.profile();
for (const variant of variants) variant.end();

const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const rows = variants.map(({ kernels, threads, times, cpuTimes, losses, version, shares }) => {
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
    firstLosses: losses.slice(0, 4),
    ...(shares ? { shares } : {}),
  };
});
const result = {
  what: `one training step of models/pocket's UNet, batch ${batch}, float32`,
  rounds,
  node: process.version,
  tfjs: JSON.parse(readFileSync(path.join(here, '../node_modules/@tensorflow/tfjs-core/package.json')))
    .version,
  cpu: os.cpus()[0]?.model,
  cores: os.availableParallelism(),
  loadAverage: os.loadavg()[0],
  rows,
};
console.log(`${result.what}; ${result.cpu}, ${result.cores} cores, load ${result.loadAverage.toFixed(1)}`);
console.log(
  'kernels   threads   min ms  median ms  CPU ms  vs composed (median, min)  vs PyTorch  loss of step 1 and 4',
);
for (const row of rows) {
  const slower = row.timesSlowerThanTorch ? `${row.timesSlowerThanTorch.toFixed(2)}x` : '-';
  console.log(
    row.kernels.padEnd(10) +
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
  for (const [name, { calls, ms }] of row.shares ?? [])
    console.log(`    ${name.padEnd(30)}${String(calls).padStart(6)} calls${ms.toFixed(2).padStart(10)} ms`);
}
if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
