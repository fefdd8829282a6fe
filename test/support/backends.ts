import type { BackendName } from '../../src/compute/backend.ts';

/** Whether the tests run on native TensorFlow (`npm run test:native`) in place of the backends that npm brings. */
export const isNative = process.env.SWEETSPOT_BACKEND === 'tensorflow';

/** The backends that are tested one after the other. */
export const BACKENDS: readonly BackendName[] = isNative ? ['tensorflow'] : ['wasm', 'cpu'];

/** The one that costly tests run on. */
export const MAIN_BACKEND: BackendName = isNative ? 'tensorflow' : 'wasm';
