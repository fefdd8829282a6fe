import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { loadThreadedModule } from './loadThreadedModule.ts';
import { registerWasmKernels } from './registerWasmKernels.ts';
import type { WasmBackend, WasmModule } from './wasmBackend.ts';

/** The pool of threads that the wasm build starts has this many. */
export const MAX_WASM_THREADS = 8;

interface WasmPackage {
  BackendWasm: new (module: WasmModule) => WasmBackend;
  setThreadsCount(count: number): void;
}

const require = createRequire(import.meta.url);

/** Starts the threaded wasm backend and makes it tfjs' current one; gives the number of threads it really uses. */
export async function startWasm(threads: number): Promise<{ threads: number }> {
  // Required, not imported: this is the same instance of the package that registers the stock kernels.
  const { BackendWasm, setThreadsCount } = require('@tensorflow/tfjs-backend-wasm') as WasmPackage;
  const module = await loadThreadedModule(threads);
  setThreadsCount(threads);
  // The package has registered its own, single-threaded factory.
  if (tf.findBackendFactory('wasm')) tf.removeBackend('wasm');
  tf.registerBackend('wasm', () => new BackendWasm(module), 3);
  registerWasmKernels();
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs refused the wasm backend');
  // Threads that wait for work must not keep the process alive.
  for (const worker of [...module.PThread.unusedWorkers, ...module.PThread.runningWorkers]) worker.unref();
  return { threads: module.tfjs.getThreadsCount() };
}
