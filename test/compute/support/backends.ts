import { afterAll, beforeAll, describe } from 'vitest';
import { type BackendName, initBackend } from '../../../src/compute/backend.ts';
import { isNative } from '../../support/backends.ts';

const VARIABLE = 'SWEETSPOT_KERNELS';
const before = process.env[VARIABLE];

/** Starts a backend on certain kernels; fails when it gets others. */
export async function startWith(name: BackendName, kernels: 'own' | 'composed', threads = 1) {
  process.env[VARIABLE] = kernels;
  const backend = await initBackend({ name, threads });
  if (name === 'wasm' && backend.kernels !== kernels) throw new Error(`no ${kernels}: ${backend.warning}`);
  return backend;
}

/** Ends the running backend and forgets which kernels were asked for. */
export async function stopBackend(): Promise<void> {
  (await initBackend({ name: 'cpu' })).dispose();
  if (before === undefined) delete process.env[VARIABLE];
  else process.env[VARIABLE] = before;
}

type Variant = [title: string, name: BackendName, kernels: 'own' | 'composed'];

const VARIANTS: Variant[] = isNative
  ? [['native TensorFlow', 'tensorflow', 'composed']]
  : [
      ['wasm with our kernels', 'wasm', 'own'],
      ['wasm with composed kernels', 'wasm', 'composed'],
      ['cpu', 'cpu', 'composed'],
    ];

/** The same tests on every backend that needs nothing but npm, and with both kinds of kernels; or on the native one. */
export function onEachBackend(what: string, tests: (name: BackendName) => void): void {
  describe.each<Variant>(VARIANTS)(`${what} on %s`, (_, name, kernels) => {
    beforeAll(async () => {
      await startWith(name, kernels);
    });
    afterAll(stopBackend);
    tests(name);
  });
}
