import { mkdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { sha256Hex } from '../../core/hash.ts';
import { graphCacheFolder } from './graphFolder.ts';
import { keepNewestEntries } from './keepNewestEntries.ts';

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
  const key = sha256Hex(`${library}\0${processor()}`).slice(0, 16);
  const folder = join(dirname(graphCacheFolder()), 'xla', key);
  try {
    mkdirSync(folder, { recursive: true });
    keepNewestEntries(folder, MOST_PROGRAMS);
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
