import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { SweetspotError } from '../core/errors.ts';
import { parseBytes } from '../core/formatBytes.ts';
import type { Limits } from '../planner/limits.ts';
import type { Workspace } from '../store/workspace.ts';

export interface LimitArguments {
  'max-disk'?: string | undefined;
  'max-hours'?: number | undefined;
  yes: boolean;
}

export const limitOptions = {
  'max-disk': {
    type: 'string',
    requiresArg: true,
    describe: 'refuse a sweep that would write more than this (as in 20GB)',
  },
  'max-hours': { type: 'number', requiresArg: true, describe: 'refuse a sweep that would take longer' },
  yes: { type: 'boolean', alias: 'y', default: false, describe: 'go ahead all the same, without asking' },
} as const;

/** The limits that hold: those given, and the free space; none with -y. */
export function limitsOf(args: LimitArguments, { home }: Workspace): Limits {
  const maxDisk = args['max-disk'] === undefined ? null : parseBytes(args['max-disk']);
  const maxHours = args['max-hours'] ?? null;
  if (maxDisk === undefined) throw refused('--max-disk', 'a size, as in 500MB or 20GB', args['max-disk']);
  if (maxHours !== null && !(maxHours > 0)) throw refused('--max-hours', 'hours above 0', maxHours);
  if (args.yes) return { maxDisk: null, maxHours: null, freeDisk: null };
  return { maxDisk, maxHours, freeDisk: freeBytes(home) };
}

const refused = (place: string, allowed: string, got: unknown): SweetspotError =>
  new SweetspotError('E_USAGE', 'not a usable value', { place, allowed, got: String(got) });

/** Bytes that this user may still write where the folder is, or would be made. */
function freeBytes(folder: string): number | null {
  try {
    let there = folder;
    while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
    const { bavail, bsize } = statfsSync(there);
    return bavail * bsize;
  } catch {
    return null;
  }
}
