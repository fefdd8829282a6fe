import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { graphCacheFolder } from './graphFolder.ts';

/** The newest stay: some megabytes each. */
const MOST_PROGRAMS = 32;
const FLAG = '--tf_xla_persistent_cache_directory';

/**
 * TF_XLA_FLAGS with which XLA keeps its machine code in the user's cache folder and finds it again. Its own keys name neither
 * the processor nor the library, and code for another processor ends the process: so each has a folder of its own. Older
 * programs go. A folder that the user has named stays, and none is used where it cannot be made.
 *
 * @param library what names TensorFlow's library and its version
 */
export function xlaFlags(library: string, given = process.env.TF_XLA_FLAGS ?? ''): string {
  if (given.includes(FLAG)) return given;
  const key = createHash('sha256').update(`${library}\0${processor()}`).digest('hex').slice(0, 16);
  const folder = join(dirname(graphCacheFolder()), 'xla', key);
  try {
    mkdirSync(folder, { recursive: true });
    forgetOld(folder);
  } catch {
    return given;
  }
  return `${given} ${FLAG}="${folder}"`.trimStart();
}

/** The processor's name and what it can do. */
function processor(): string {
  try {
    const [flags = ''] = /^(flags|Features)\s*:.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8')) ?? [];
    return `${os.cpus()[0]?.model} ${flags}`;
  } catch {
    return `${os.cpus()[0]?.model}`;
  }
}

function forgetOld(folder: string): void {
  const programs = readdirSync(folder).flatMap(name => {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    return found ? [{ path, madeMs: found.mtimeMs }] : [];
  });
  programs.sort((a, b) => b.madeMs - a.madeMs);
  for (const { path } of programs.slice(MOST_PROGRAMS)) rmSync(path, { recursive: true, force: true });
}
