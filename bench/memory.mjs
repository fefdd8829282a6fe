// What a training step keeps, with and without gradient checkpointing, and what that costs in time; and whether 500 steps
// grow. Bytes are those given out on the WebAssembly heap, weights and moments included. Then, where native TensorFlow is
// installed, every combination of checkpointing, precision and 8-bit Adam there, each in a process of its own.
//   node bench/memory.mjs [--batch 4] [--size 16,32] [--rounds 6] [--steps 500] [--threads 2] [--native-size 32] [--only wasm|native] [--json FILE]
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../dist/compute/backend.js';
import { valueAndGrads } from '../dist/compute/gradients.js';
import { AdamW } from '../dist/compute/optimizer/adamw.js';
import { loadPipeline } from '../dist/diffusion/pipeline/index.js';
import { printNative, runNative } from './memory-native.mjs';
import { machine, median } from './sideBySide.mjs';

const { values: options } = parseArgs({
  options: {
    batch: { type: 'string', default: '4' },
    size: { type: 'string', default: '16,32' },
    rounds: { type: 'string', default: '6' },
    steps: { type: 'string', default: '500' },
    threads: { type: 'string', default: '2' },
    'native-size': { type: 'string', default: '32' },
    only: { type: 'string' },
    json: { type: 'string' },
  },
});
const MB = 2 ** 20;
const batch = Number(options.batch);

/** Rows of native TensorFlow; null where there is none, or none is wanted. */
async function native() {
  if (options.only === 'wasm') return null;
  const rows = await runNative({
    batch,
    size: Number(options['native-size']),
    rounds: Number(options.rounds),
    threads: Number(options.threads),
  });
  if (rows) printNative(rows);
  return rows;
}

if (options.only === 'native') {
  const rows = await native();
  if (options.json)
    writeFileSync(options.json, `${JSON.stringify({ ...machine(), native: rows }, null, 2)}\n`);
  process.exit(0);
}
await initBackend({ name: 'wasm', threads: Number(options.threads) });
const { wasm: module } = tf.backend();
const folder = new URL('../models/pocket/', import.meta.url).pathname;

// Counted from here on: everything below is on this heap.
const heap = { used: 0, most: 0, sizes: new Map() };
const { _malloc: allocate, _free: free } = module;
module._malloc = bytes => {
  const address = allocate(bytes);
  heap.sizes.set(address, bytes);
  heap.used += bytes;
  heap.most = Math.max(heap.most, heap.used);
  return address;
};
module._free = address => {
  free(address);
  heap.used -= heap.sizes.get(address) ?? 0;
  heap.sizes.delete(address);
};

const { unet } = await loadPipeline(folder, { only: ['unet'] });
const variables = unet.parameters.map(({ value }) => value);
const optimizer = new AdamW(variables, { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 });

function inputs(size) {
  const picture = seed => tf.randomNormal([batch, size, size, 4], 0, 1, 'float32', seed);
  return {
    sample: picture(1),
    target: picture(2),
    states: tf.randomNormal([batch, 24, [unet.config.crossAttentionDim].flat()[0]], 0, 1, 'float32', 3),
    timesteps: tf.tensor1d(Array.from({ length: batch }, (_, i) => (i * 311 + 17) % 1000)),
  };
}

function step({ sample, target, states, timesteps }, checkpointing, rate) {
  const start = performance.now();
  heap.most = heap.used;
  const loss = () => tf.mean(tf.squaredDifference(unet.forward(sample, timesteps, states), target));
  const { value, grads } = valueAndGrads(loss, variables, { checkpointing });
  const peak = heap.most;
  optimizer.step(grads, rate, 1);
  const [lossValue] = value.dataSync();
  tf.dispose([value, ...grads]);
  return { ms: performance.now() - start, peak, loss: lossValue };
}

const rows = [];
for (const size of options.size.split(',').map(Number)) {
  const fed = inputs(size);
  const base = heap.used;
  const runs = [false, true].map(checkpointing => ({ checkpointing, steps: [] }));
  for (let round = -1; round < Number(options.rounds); round++) {
    for (const { checkpointing, steps } of runs) {
      // Rate 0: both see the same weights.
      const done = step(fed, checkpointing, 0);
      if (round >= 0) steps.push(done);
    }
  }
  for (const { checkpointing, steps } of runs) {
    rows.push({
      latents: `${batch} x ${size} x ${size}`,
      checkpointing,
      peakMB: Math.max(...steps.map(({ peak }) => peak - base)) / MB,
      medianMs: median(steps.map(({ ms }) => ms)),
      loss: steps[0].loss,
    });
  }
  tf.dispose(fed);
}

const fed = inputs(16);
step(fed, false, 1e-6);
const first = { tensors: tf.memory().numTensors, used: heap.used, heap: module.HEAPU8.length };
for (let i = 0; i < Number(options.steps); i++) step(fed, i % 2 === 1, 1e-6);
const last = { tensors: tf.memory().numTensors, used: heap.used, heap: module.HEAPU8.length };
const result = {
  what: 'a training step of models/pocket',
  threads: Number(options.threads),
  ...machine(),
  weightsAndMomentsMB: (3 * 4 * unet.parameters.reduce((sum, { size }) => sum + size, 0)) / MB,
  rows,
  steps: Number(options.steps),
  first,
  last,
};
console.log(`${result.what}; ${result.cpu}, ${result.cores} cores, load ${result.loadAverage.toFixed(1)}`);
console.log('latents          checkpointing  peak over weights MB  median ms  loss');
for (const { latents, checkpointing, peakMB, medianMs, loss } of rows)
  console.log(
    latents.padEnd(17) +
      (checkpointing ? 'yes' : 'no').padEnd(13) +
      peakMB.toFixed(1).padStart(22) +
      medianMs.toFixed(0).padStart(11) +
      `  ${loss}`,
  );
console.log(
  `after 1 step and after ${options.steps} more: ${first.tensors} and ${last.tensors} tensors, ${first.used} and ${last.used} bytes in use, heap of ${first.heap / MB} and ${last.heap / MB} MB`,
);
const nativeRows = await native();
if (options.json)
  writeFileSync(options.json, `${JSON.stringify({ ...result, native: nativeRows }, null, 2)}\n`);
process.exit(0);
