import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An empty folder for the running test, removed when the test ends. Call it inside a test (not in a hook). */
export function tempDir(): string {
  const path = mkdtempSync(join(tmpdir(), 'sweetspot-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }));
  return path;
}
