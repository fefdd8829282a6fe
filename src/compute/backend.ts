import os from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../core/errors.ts';
import { startCpu } from './cpu/startCpu.ts';
import { registerStockGradients } from './stockGradients/registerStockGradients.ts';
import { expectsNative, startTensorflow } from './tensorflow/startTensorflow.ts';
import { type KernelChoice, MAX_WASM_THREADS, startWasm } from './wasm/startWasm.ts';

/** From the fastest to the slowest. */
const BACKEND_NAMES = ['tensorflow', 'wasm', 'cpu'] as const;

export type BackendName = (typeof BACKEND_NAMES)[number];

export interface Backend {
  name: BackendName;
  threads: number;
  device: 'cpu' | 'gpu';
  /** What the ops run on: our own kernels, or ones composed from tfjs' stock kernels. */
  kernels: KernelChoice;
  /** Versions of the libraries below tfjs that compute. */
  libraries: Record<string, string>;
  /** Something to tell the user once, such as that the fast kernels are missing; null if there is nothing. */
  warning: string | null;
  /** Ends the backend and its threads; all its tensors are gone. */
  dispose(): void;
}

export interface BackendOptions {
  name?: BackendName;
  threads?: number;
}

type Started = Pick<Backend, 'threads' | 'kernels' | 'warning' | 'dispose'> & Partial<Backend>;

const BACKEND_VARIABLE = 'SWEETSPOT_BACKEND';
const KERNELS_VARIABLE = 'SWEETSPOT_KERNELS';
/** A typing mistake in a number of threads should not bring the machine down. */
const MAX_NATIVE_THREADS = 1024;

let current: Backend | undefined;

/**
 * Starts a tensor backend and makes it the one all tensors live on: `tensorflow` (native; where it is installed), `wasm`
 * (threaded), or `cpu` (plain JavaScript, slow). Without a name, SWEETSPOT_BACKEND names it; without that it is the first
 * of these that works. Asking again for what is running gives the same backend; asking for another one ends the running
 * one first, with all its tensors. The environment variable SWEETSPOT_KERNELS=composed keeps our own wasm kernels out.
 * Throws E_BACKEND when it cannot be started.
 */
export async function initBackend(options: BackendOptions = {}): Promise<Backend> {
  const named = options.name ?? process.env[BACKEND_VARIABLE] ?? '';
  if (named !== '' && !isBackendName(named)) {
    throw new SweetspotError('E_BACKEND', 'there is no such tensor backend', {
      allowed: BACKEND_NAMES.join(', '),
      got: named,
    });
  }
  registerStockGradients();
  if (named !== '') return start(named, options);
  let warning: string | null = null;
  if (await expectsNative()) {
    try {
      return await start('tensorflow', options);
    } catch (error) {
      warning = `${textOf(error)}; computing on a slower backend`;
    }
  }
  const backend = await start('wasm', options).catch(() => start('cpu', options));
  if (warning !== null) backend.warning = [warning, backend.warning].filter(Boolean).join('; ');
  return backend;
}

async function start(name: BackendName, { threads }: BackendOptions): Promise<Backend> {
  const most = name === 'tensorflow' ? MAX_NATIVE_THREADS : MAX_WASM_THREADS;
  const count = checkThreads(threads ?? os.availableParallelism(), most, threads !== undefined);
  const kernels = wantedKernels();
  if (current?.name === name && isSame(current, count, kernels)) return current;
  current?.dispose();
  try {
    if (name === 'tensorflow') return keep(name, await useTensorflow(count));
    if (name === 'wasm') return keep(name, await startWasm(count, kernels));
    await startCpu();
    return keep(name, { threads: 1, kernels: 'composed', warning: null, dispose: () => {} });
  } catch (cause) {
    if (cause instanceof SweetspotError) throw cause;
    throw new SweetspotError('E_BACKEND', `the ${name} tensor backend could not be started`, {
      got: textOf(cause),
      hint: 'Reinstall the packages, or use another backend',
      cause,
    });
  }
}

async function useTensorflow(threads: number): Promise<Started> {
  const { libraries, ...started } = await startTensorflow(threads);
  return {
    ...started,
    kernels: 'composed',
    libraries,
    warning: null,
    dispose: () => {},
  };
}

function keep(name: BackendName, started: Started): Backend {
  const backend: Backend = {
    device: 'cpu',
    libraries: {},
    ...started,
    name,
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

/** Only wasm can be had with another number of threads, or other kernels, once it is loaded. */
const isSame = (backend: Backend, threads: number, kernels: KernelChoice): boolean =>
  backend.name !== 'wasm' ||
  // A backend that could not get its own kernels is not asked to try again.
  (backend.threads === threads && (backend.kernels === kernels || backend.warning !== null));

const isBackendName = (name: string): name is BackendName =>
  (BACKEND_NAMES as readonly string[]).includes(name);

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** An explicit count must be sensible; the default is cut to what the backend can use. */
function checkThreads(threads: number, most: number, explicit: boolean): number {
  if (Number.isInteger(threads) && threads >= 1 && (!explicit || threads <= most)) {
    return Math.min(threads, most);
  }
  throw new SweetspotError('E_BACKEND', 'impossible number of threads', {
    allowed: `1 to ${most}`,
    got: String(threads),
  });
}
