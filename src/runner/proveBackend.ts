import { SweetspotError } from '../core/errors.ts';
import { UNPROVED_VARIABLE } from '../native/findNative.ts';
import { runDirectly } from './directJobs.ts';
import type { Hello, WorkerSettings } from './workerProcess.ts';

/** Relative: float32 sums in another order differ by 1e-6, a wrong operation by far more. */
const LOSS_TOLERANCE = 1e-4;

/** What a backend said of itself, and the losses of the self-check's training on it. */
export interface BackendTrial {
  hello: Hello;
  losses: number[];
}

/** Starts a worker on a backend and lets it train the self-check's few steps. Fails as the worker does. */
export async function tryBackend(worker: WorkerSettings, signal: AbortSignal): Promise<BackendTrial> {
  const losses: number[] = [];
  let hello: Hello | undefined;
  await runDirectly([{ id: 'check', kind: 'check-backend', parameters: {}, outputs: [] }], {
    worker,
    signal,
    onWorker: said => {
      hello = said;
    },
    onMessage: message => {
      if (message.type === 'metric') losses.push(message.loss);
    },
  });
  signal.throwIfAborted();
  if (!hello) throw new SweetspotError('E_INTERNAL', 'a worker ran a job before it said hello');
  return { hello, losses };
}

/** {@link tryBackend} on the native backend in a package folder and no other. */
export const tryNative = (packageDir: string, signal: AbortSignal): Promise<BackendTrial> =>
  tryBackend({ backend: 'tensorflow', env: { [UNPROVED_VARIABLE]: packageDir } }, signal);

/**
 * Lets the native backend in a package folder, which may not be recorded as complete yet, train beside wasm.
 * @returns the greatest relative difference of a loss
 * @throws E_BACKEND where it is too great, or the process dies
 */
export async function proveNative(packageDir: string, signal: AbortSignal): Promise<number> {
  const native = await tryNative(packageDir, signal).catch(error => {
    signal.throwIfAborted();
    throw new SweetspotError('E_BACKEND', 'the native backend failed its self-check', {
      got: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  });
  const wasm = await tryBackend({ backend: 'wasm', threads: 1 }, signal);
  return compareLosses(native.losses, wasm.losses);
}

/** @throws E_BACKEND where the losses are not the same */
export function compareLosses(native: readonly number[], wasm: readonly number[]): number {
  const differences = wasm.map((loss, i) => Math.abs((native[i] ?? Number.NaN) - loss) / Math.abs(loss));
  const worst = differences.length > 0 ? Math.max(...differences) : Number.NaN;
  if (worst <= LOSS_TOLERANCE) return worst;
  throw new SweetspotError(
    'E_BACKEND',
    'the native backend computes other losses than wasm; it is not used',
    {
      allowed: `${wasm.join(', ')} (within ${LOSS_TOLERANCE} of each)`,
      got: native.join(', ') || 'none',
      hint: 'Please report this with the model of your processor or GPU',
    },
  );
}
