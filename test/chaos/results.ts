import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '../../src/core/hash.ts';
import { readReportModel } from '../../src/reporter/writeReport.ts';
import { workspaceAt } from '../../src/store/workspace.ts';

/** Every file that training and sampling left, by SHA-256; manifests hold times. */
export function resultBytes(folder: string): Record<string, string> {
  const { stages } = workspaceAt(folder);
  const files = readdirSync(stages, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  return Object.fromEntries(
    files
      .map(entry => join(entry.parentPath, entry.name).slice(stages.length + 1))
      .filter(name => !name.endsWith('manifest.json'))
      .sort()
      .map(name => [name, sha256Hex(readFileSync(join(stages, name)))]),
  );
}

/** What the report says, without times, the course of the work on the slots, and the folder's own name. */
export function reportData(folder: string): unknown {
  const text = JSON.stringify(readReportModel(workspaceAt(folder), 'chaos'), (name, value) =>
    /seconds|startedAt|finishedAt|createdAt|updatedAt|^slots$/i.test(name) ? null : value,
  );
  return JSON.parse(text.replaceAll(folder, 'WORKSPACE'));
}

/** What should not be there when a run is over. */
export function leftovers(folder: string): string[] {
  const { home, stages, checkpoints } = workspaceAt(folder);
  const names = (dir: string): string[] => (existsSync(dir) ? readdirSync(dir) : []);
  return [
    ...names(stages).filter(name => name.includes('.')),
    ...names(stages).flatMap(name =>
      readdirSync(join(stages, name), { recursive: true, encoding: 'utf8' }).filter(file =>
        file.includes('.partial'),
      ),
    ),
    ...names(checkpoints).map(name => `checkpoint ${name}`),
    ...names(join(home, 'workers')).map(name => `worker ${name}`),
  ];
}

/** Where two JSON values differ first; null where they are equal. */
export function firstDifference(wanted: unknown, got: unknown, path = '$'): string | null {
  if (typeof wanted !== 'object' || wanted === null || typeof got !== 'object' || got === null) {
    return wanted === got ? null : `${path} is ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`;
  }
  const [a, b] = [wanted as Record<string, unknown>, got as Record<string, unknown>];
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const difference = firstDifference(a[name], b[name], `${path}.${name}`);
    if (difference !== null) return difference;
  }
  return null;
}
