import { afterAll, beforeAll, describe } from 'vitest';
import { type BackendName, initBackend } from '../../../src/compute/backend.ts';

/** The same tests on every backend that needs nothing but npm. */
export function onEachBackend(what: string, tests: (name: BackendName) => void): void {
  describe.each<BackendName>(['wasm', 'cpu'])(`${what} on %s`, name => {
    beforeAll(async () => {
      await initBackend({ name, threads: 1 });
    });
    afterAll(async () => (await initBackend({ name, threads: 1 })).dispose());
    tests(name);
  });
}
