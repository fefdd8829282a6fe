// One variant of bench/sample: makes a batch of pictures whenever it is told to.
import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../dist/compute/backend.js';
import { loadPipeline } from '../dist/diffusion/pipeline/index.js';
import { textToImage } from '../dist/diffusion/textToImage.js';

const [batch, steps, threads] = process.argv.slice(2).map(Number);
const backend = await initBackend({ threads });
if (backend.warning) console.error(backend.warning);
const pipeline = await loadPipeline(new URL('../models/pocket', import.meta.url).pathname);
const pictures = Array.from({ length: batch }, (_, seed) => ({
  prompt: 'a red apple on a blue background',
  seed,
}));

process.on('message', async message => {
  if (message !== 'step') process.exit(0);
  const start = performance.now();
  const cpuStart = process.cpuUsage();
  const images = await textToImage(pipeline, {
    pictures,
    scheduler: 'ddim',
    numInferenceSteps: steps,
    guidanceScale: 5,
  });
  const { user, system } = process.cpuUsage(cpuStart);
  const values = images.flatMap(({ data }) => [...data]);
  process.send({
    ms: performance.now() - start,
    cpuMs: (user + system) / 1000,
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    version: `tfjs ${tf.version_core}`,
  });
});
