import os from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../core/errors.ts';
import { startCpu } from './cpu/startCpu.ts';
import { registerStockGradients } from './stockGradients/registerStockGradients.ts';
import { MAX_WASM_THREADS, startWasm } from './wasm/startWasm.ts';

export type BackendName = 'wasm' | 'cpu';

export interface Backend {
  name: BackendName;
  threads: number;
  /** Ends the backend and its threads; all its tensors are gone. */
  dispose(): void;
}

let current: Backend | undefined;

/**
 * Starts a tensor backend and makes it the one all tensors live on: `wasm` (threaded), or `cpu` (plain JavaScript,
 * slow). Without a name: wasm, else cpu. Asking again for what is running gives the same backend; asking for another
 * one ends the running one first, with all its tensors. Throws E_BACKEND when it cannot be started.
 */
export async function initBackend(options: { name?: BackendName; threads?: number } = {}): Promise<Backend> {
  const threads = checkThreads(options.threads ?? os.availableParallelism(), options.threads !== undefined);
  const wanted = options.name ?? 'wasm';
  registerStockGradients();
  if (current && current.name === wanted && (wanted === 'cpu' || current.threads === threads)) return current;
  current?.dispose();
  if (wanted === 'cpu') return useCpu();
  if (wanted !== 'wasm') {
    throw new SweetspotError('E_BACKEND', 'there is no such tensor backend', {
      allowed: 'wasm or cpu',
      got: wanted,
    });
  }
  try {
    const started = await startWasm(threads);
    return keep('wasm', started.threads);
  } catch (cause) {
    if (options.name === undefined) return useCpu();
    throw new SweetspotError('E_BACKEND', 'the wasm tensor backend could not be started', {
      got: cause instanceof Error ? cause.message : String(cause),
      hint: 'Reinstall the packages, or use the slow cpu backend',
      cause,
    });
  }
}

async function useCpu(): Promise<Backend> {
  await startCpu();
  return keep('cpu', 1);
}

function keep(name: BackendName, threads: number): Backend {
  const backend: Backend = {
    name,
    threads,
    dispose() {
      if (current !== backend) return;
      current = undefined;
      tf.removeBackend(name);
    },
  };
  current = backend;
  return backend;
}

/** An explicit count must be sensible; the default is cut to what the build can use. */
function checkThreads(threads: number, explicit: boolean): number {
  if (Number.isInteger(threads) && threads >= 1 && (!explicit || threads <= MAX_WASM_THREADS)) {
    return Math.min(threads, MAX_WASM_THREADS);
  }
  throw new SweetspotError('E_BACKEND', 'impossible number of threads', {
    allowed: `1 to ${MAX_WASM_THREADS}`,
    got: String(threads),
  });
}
