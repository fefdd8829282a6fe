// One variant of bench/sample: makes a batch of pictures whenever it is told to.
import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../dist/compute/backend.js';
import { loadPipeline } from '../dist/diffusion/pipeline/index.js';
import { textToImage } from '../dist/diffusion/textToImage.js';
import { profileKernels } from './profileKernels.mjs';

const [batch, steps, threads] = process.argv.slice(2).map(Number);
const backend = await initBackend({ threads });
if (backend.warning) console.error(backend.warning);
const pipeline = await loadPipeline(new URL('../models/pocket', import.meta.url).pathname);
const pictures = Array.from({ length: batch }, (_, seed) => ({
  prompt: 'a red apple on a blue background',
  seed,
}));

async function makePictures() {
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
  return {
    ms: performance.now() - start,
    cpuMs: (user + system) / 1000,
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    version: `tfjs ${tf.version_core}`,
  };
}

process.on('message', async message => {
  if (message === 'step') process.send(await makePictures());
  else if (message === 'profile') process.send(await profileKernels(makePictures, 1));
  else process.exit(0);
});
