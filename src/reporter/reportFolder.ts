import { join } from 'node:path';
import { sha256Hex } from '../core/hash.ts';
import type { Workspace } from '../store/workspace.ts';

/** What a sweep file allows as a name: nothing that a path could be made of, no dot first. */
const PLAIN_NAME = /^[\p{L}\p{N}_-][\p{L}\p{N}._-]{0,99}$/u;

/**
 * The folder of a sweep's report, always directly below `reports/`. A name that no sweep file can have, from a store
 * that was tampered with, is replaced by its hash.
 */
export const reportFolder = ({ reports }: Workspace, name: string): string =>
  join(reports, PLAIN_NAME.test(name) ? name : `sweep-${sha256Hex(name).slice(0, 16)}`);
