import os from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../core/errors.ts';
import { startCpu } from './cpu/startCpu.ts';
import { registerStockGradients } from './stockGradients/registerStockGradients.ts';
import { type KernelChoice, MAX_WASM_THREADS, type StartedWasm, startWasm } from './wasm/startWasm.ts';

export type BackendName = 'wasm' | 'cpu';

export interface Backend {
  name: BackendName;
  threads: number;
  /** What the ops run on: our own SIMD kernels, or ones composed from tfjs' stock kernels. */
  kernels: KernelChoice;
  /** Something to tell the user once, such as that the fast kernels are missing; null if there is nothing. */
  warning: string | null;
  /** Ends the backend and its threads; all its tensors are gone. */
  dispose(): void;
}

const KERNELS_VARIABLE = 'SWEETSPOT_KERNELS';

let current: Backend | undefined;

/**
 * Starts a tensor backend and makes it the one all tensors live on: `wasm` (threaded), or `cpu` (plain JavaScript,
 * slow). Without a name: wasm, else cpu. Asking again for what is running gives the same backend; asking for another
 * one ends the running one first, with all its tensors. The environment variable SWEETSPOT_KERNELS=composed keeps our
 * own wasm kernels out. Throws E_BACKEND when it cannot be started.
 */
export async function initBackend(options: { name?: BackendName; threads?: number } = {}): Promise<Backend> {
  const threads = checkThreads(options.threads ?? os.availableParallelism(), options.threads !== undefined);
  const wanted = options.name ?? 'wasm';
  registerStockGradients();
  const kernels = wantedKernels();
  if (current?.name === wanted && (wanted === 'cpu' || isSame(current, threads, kernels))) return current;
  current?.dispose();
  if (wanted === 'cpu') return useCpu();
  if (wanted !== 'wasm') {
    throw new SweetspotError('E_BACKEND', 'there is no such tensor backend', {
      allowed: 'wasm or cpu',
      got: wanted,
    });
  }
  try {
    return keep('wasm', await startWasm(threads, kernels));
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
  return keep('cpu', { threads: 1, kernels: 'composed', warning: null, dispose: () => {} });
}

function keep(name: BackendName, started: StartedWasm): Backend {
  const { threads, kernels, warning } = started;
  const backend: Backend = {
    name,
    threads,
    kernels,
    warning,
    dispose() {
      if (current !== backend) return;
      current = undefined;
      started.dispose();
      tf.removeBackend(name);
    },
  };
  current = backend;
  return backend;
}

const wantedKernels = (): KernelChoice => (process.env[KERNELS_VARIABLE] === 'composed' ? 'composed' : 'own');

/** A backend that could not get its own kernels is not asked to try again. */
const isSame = (backend: Backend, threads: number, kernels: KernelChoice): boolean =>
  backend.threads === threads && (backend.kernels === kernels || backend.warning !== null);

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
