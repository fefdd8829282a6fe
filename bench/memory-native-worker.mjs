// One combination of bench/memory on native TensorFlow: how far the process' memory rises in a training step above what it
// is between steps. Prints one line of JSON. Linux only, as the native backend is.
//   node memory-native-worker.mjs '{"batch":4,"size":32,"checkpointing":false,"precision":"float32","eightBits":false,"rounds":4}'
import { readFileSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../dist/compute/backend.js';
import { CompiledTraining } from '../dist/compute/graph/compiledTraining.js';
import { loadPipeline } from '../dist/diffusion/pipeline/index.js';
import { median } from './sideBySide.mjs';

const { batch, size, checkpointing, precision, eightBits, rounds, threads } = JSON.parse(process.argv[2]);
await initBackend({ name: 'tensorflow', threads });
const folder = new URL('../models/pocket/', import.meta.url).pathname;
const { unet } = await loadPipeline(folder, { only: ['unet'] });
const picture = seed => tf.randomNormal([batch, size, size, 4], 0, 1, 'float32', seed);
const inputs = {
  sample: picture(1),
  target: picture(2),
  states: tf.randomNormal([batch, 24, [unet.config.crossAttentionDim].flat()[0]], 0, 1, 'float32', 3),
  timesteps: tf.tensor1d(Array.from({ length: batch }, (_, i) => (i * 311 + 17) % 1000)),
};
const training = new CompiledTraining({
  backend: tf.backend(),
  loss: ({ sample, target, states, timesteps }) =>
    tf.mean(tf.squaredDifference(unet.forward(sample, timesteps, states), target)),
  groups: [unet.parameters.map(weight => ({ name: weight.name, weight }))],
  frozen: [],
  optimizer: { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, eightBits },
  checkpointing,
  precision,
  identity: ['bench memory', unet.config],
});

/** kB of a line of /proc/self/status, in bytes. */
const memory = name =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;

/** The most memory that the process has while `run` runs. */
function peakOf(run) {
  // Sets VmHWM back (proc(5)).
  writeFileSync('/proc/self/clear_refs', '5');
  run();
  return memory('VmHWM');
}

const LOSS_SCALE = 256;
const steps = [];
for (let round = -2; round < rounds; round++) {
  const start = performance.now();
  const before = memory('VmRSS');
  let loss;
  const gradients = peakOf(() => {
    ({ loss } = training.accumulate(inputs, LOSS_SCALE));
  });
  const update = peakOf(() => training.update([1e-5], precision === 'float16' ? 1 / LOSS_SCALE : 1));
  if (round >= 0) steps.push({ ms: performance.now() - start, before, gradients, update, loss });
}
const bytes = training
  .state()
  .moments.flatMap(({ m, v }) => [m, v])
  .flatMap(moment => (moment instanceof Float32Array ? [moment] : [moment.codes, moment.absmax]))
  .reduce((sum, { byteLength }) => sum + byteLength, 0);
// The least, as small pieces stay behind from step to step: what they take is no part of a step's need.
const between = Math.min(...steps.map(({ before }) => before));
console.log(
  JSON.stringify({
    gradientsPeak: Math.max(...steps.map(({ gradients }) => gradients)) - between,
    updatePeak: Math.max(...steps.map(({ update }) => update)) - between,
    momentBytes: bytes,
    medianMs: median(steps.map(({ ms }) => ms)),
    loss: steps[0].loss,
  }),
);
process.exit(0);
