import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';

interface CpuPackage {
  MathBackendCPU: new () => tf.KernelBackend;
}

const require = createRequire(import.meta.url);

/** Starts tfjs' plain JavaScript backend and makes it the current one. */
export async function startCpu(): Promise<void> {
  const { MathBackendCPU } = require('@tensorflow/tfjs-backend-cpu') as CpuPackage;
  if (tf.findBackendFactory('cpu')) tf.removeBackend('cpu');
  // The flag would print a greeting that recommends another package.
  tf.registerBackend('cpu', () => Object.assign(new MathBackendCPU(), { firstUse: false }), 1);
  if (!(await tf.setBackend('cpu'))) throw new Error('tfjs refused the cpu backend');
}
