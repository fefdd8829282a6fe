import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Folders whose code decides what a recorded graph holds. */
const FOLDERS = ['compute', 'diffusion', 'trainer'];

let known: string | undefined;

/** SHA-256 of the running program's own code of models and computations: a graph of other code is not taken for this one's. */
export function codeDigest(): string {
  known ??= digestOf(resolve(import.meta.dirname, '../..'));
  return known;
}

function digestOf(root: string): string {
  const sum = createHash('sha256');
  for (const folder of FOLDERS) {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).sort();
    for (const file of files.filter(name => /\.(js|ts)$/.test(name) && !name.endsWith('.d.ts'))) {
      sum.update(`${folder}/${file}\0`).update(readFileSync(join(root, folder, file)));
    }
  }
  return sum.digest('hex');
}
