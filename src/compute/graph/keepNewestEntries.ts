import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Removes what lies in a folder, but for the `count` entries that were changed last. */
export function keepNewestEntries(folder: string, count: number): void {
  const entries = readdirSync(folder).flatMap(name => {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    return found ? [{ path, changedMs: found.mtimeMs }] : [];
  });
  entries.sort((a, b) => b.changedMs - a.changedMs);
  for (const { path } of entries.slice(count)) rmSync(path, { recursive: true, force: true });
}
