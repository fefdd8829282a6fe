// One variant of bench/train-step: does a step whenever it is told to.
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../dist/compute/backend.js';
import { valueAndGrads } from '../dist/compute/gradients.js';
import { CompiledTraining } from '../dist/compute/graph/compiledTraining.js';
import { graphBackend } from '../dist/compute/graph/compiling.js';
import { AdamW } from '../dist/compute/optimizer/adamw.js';
import { clipScale, globalGradNorm } from '../dist/compute/optimizer/gradNorm.js';
import { TorchGenerator } from '../dist/core/random/torchGenerator.js';
import { loadPipeline } from '../dist/diffusion/pipeline/index.js';
import { profileKernels } from './profileKernels.mjs';

const [batch, threads] = process.argv.slice(2).map(Number);
const backend = await initBackend({ threads });
if (backend.warning) console.error(backend.warning);
const folder = new URL('../models/pocket/', import.meta.url);
const { unet } = await loadPipeline(folder.pathname, { only: ['unet'] });
const { sampleSize, crossAttentionDim } = unet.config;
const { max_position_embeddings: tokens } = JSON.parse(
  readFileSync(new URL('text_encoder/config.json', folder), 'utf8'),
);
// As train_step.py draws them: torch's order of axes.
const generator = new TorchGenerator(1);
const randn = (...shape) => tf.tensor(generator.randn(shape.reduce((a, b) => a * b)), shape);
const picture = () => tf.tidy(() => tf.transpose(randn(batch, 4, sampleSize, sampleSize), [0, 2, 3, 1]));
const [sample, target, states] = [picture(), picture(), randn(batch, tokens, [crossAttentionDim].flat()[0])];
const timesteps = tf.tensor1d(Array.from({ length: batch }, (_, i) => (i * 311 + 17) % 1000));

const inputs = { sample, target, states, timesteps };
const lossOf = ({ sample, target, states, timesteps }) =>
  tf.mean(tf.squaredDifference(unet.forward(sample, timesteps, states), target));
const optimizerOptions = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 };
const LEARNING_RATE = 1e-4;
const MAX_NORM = 1;

/** An update op by op. */
function eagerUpdate() {
  const variables = unet.parameters.map(({ value }) => value);
  const optimizer = new AdamW(variables, optimizerOptions);
  return () => {
    const { value, grads } = valueAndGrads(() => tf.tidy(() => lossOf(inputs)), variables);
    const loss = value.dataSync()[0];
    optimizer.step(grads, LEARNING_RATE, clipScale(globalGradNorm(grads), MAX_NORM));
    tf.dispose([value, ...grads]);
    return loss;
  };
}

/** An update as a graph. */
function graphUpdate(native) {
  const training = new CompiledTraining({
    backend: native,
    loss: lossOf,
    groups: [unet.parameters.map(weight => ({ name: weight.name, weight }))],
    frozen: [],
    optimizer: optimizerOptions,
    checkpointing: false,
    precision: 'float32',
    identity: ['bench', unet.config],
  });
  return () => {
    const { loss, squares } = training.accumulate(inputs);
    training.update([LEARNING_RATE], clipScale(Math.sqrt(squares), MAX_NORM));
    return loss;
  };
}

const native = graphBackend();
const update = native ? graphUpdate(native) : eagerUpdate();

function step() {
  const start = performance.now();
  const cpuStart = process.cpuUsage();
  const loss = update();
  const { user, system } = process.cpuUsage(cpuStart);
  return {
    ms: performance.now() - start,
    cpuMs: (user + system) / 1000,
    loss,
    version: `tfjs ${tf.version_core}`,
  };
}

process.on('message', async message => {
  if (message === 'step') process.send(step());
  else if (message === 'profile') process.send(await profileKernels(step, 4));
  else process.exit(0);
});
