import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { loadThreadedModule } from './loadThreadedModule.ts';
import { type KernelFiles, loadKernelFiles } from './own/loadKernelFiles.ts';
import { OwnKernels } from './own/ownKernels.ts';
import { registerWasmKernels } from './registerWasmKernels.ts';
import type { WasmBackend, WasmModule } from './wasmBackend.ts';

/** The pool of threads that the wasm build starts has this many. */
export const MAX_WASM_THREADS = 8;

interface WasmPackage {
  BackendWasm: new (module: WasmModule) => WasmBackend;
  setThreadsCount(count: number): void;
}

const require = createRequire(import.meta.url);

/** Which kernels the ops run on: `own` SIMD kernels, or those `composed` from stock ones. */
export type KernelChoice = 'own' | 'composed';

export interface StartedWasm {
  /** Threads really used. */
  threads: number;
  kernels: KernelChoice;
  /** Why the kernels are not the ones asked for; null if they are. */
  warning: string | null;
  /** Ends the threads of our kernels; the backend itself is tfjs' to remove. */
  dispose(): void;
}

/** Starts the threaded wasm backend and makes it tfjs' current one. */
export async function startWasm(threads: number, wanted: KernelChoice): Promise<StartedWasm> {
  // Required, not imported: this is the same instance of the package that registers the stock kernels.
  const { BackendWasm, setThreadsCount } = require('@tensorflow/tfjs-backend-wasm') as WasmPackage;
  let files: KernelFiles | null = null;
  let warning: string | null = null;
  if (wanted === 'own') {
    try {
      files = await loadKernelFiles();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      warning = `the fast wasm kernels could not be loaded (${why}); training is several times slower`;
    }
  }
  // Two pools on the same cores slow each other down: beside ours the stock kernels get one thread.
  const stockThreads = files ? 1 : threads;
  const module = await loadThreadedModule(stockThreads);
  setThreadsCount(stockThreads);
  // The package has registered its own, single-threaded factory.
  if (tf.findBackendFactory('wasm')) tf.removeBackend('wasm');
  tf.registerBackend('wasm', () => new BackendWasm(module), 3);
  registerWasmKernels();
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs refused the wasm backend');
  // Threads that wait for work must not keep the process alive.
  for (const worker of [...module.PThread.unusedWorkers, ...module.PThread.runningWorkers]) worker.unref();
  const own = files ? new OwnKernels(module, files, threads) : null;
  return {
    threads: own?.threads ?? module.tfjs.getThreadsCount(),
    kernels: own ? 'own' : 'composed',
    warning,
    dispose: () => own?.dispose(),
  };
}
