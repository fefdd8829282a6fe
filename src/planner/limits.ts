import { SweetspotError } from '../core/errors.ts';
import { formatBytes } from '../core/formatBytes.ts';
import { formatDuration } from '../core/formatDuration.ts';
import { estimateDisk } from './diskEstimate.ts';
import type { Plan } from './types.ts';

/** What a run may cost; null: as much as it wants. */
export interface Limits {
  /** Bytes that what is left to do may add. */
  maxDisk: number | null;
  /** Hours that it may take. */
  maxHours: number | null;
  /** Bytes free where the workspace lies; null where that cannot be told. */
  freeDisk: number | null;
}

const GO_AHEAD = 'Make the sweep smaller, raise the limit, or go ahead with -y';

/**
 * Refuses a plan whose weights, states and pictures would not fit.
 * @throws E_REFUSED (exit 3)
 */
export function checkDisk(plan: Plan, { maxDisk, freeDisk }: Pick<Limits, 'maxDisk' | 'freeDisk'>): void {
  const estimate = estimateDisk(plan);
  if (estimate === null) {
    if (maxDisk !== null)
      throw unknown('--max-disk', "how much disk this sweep takes: the model's files do not tell its size");
    return;
  }
  const bytes = estimate.snapshots + estimate.states + estimate.pictures;
  if (maxDisk !== null && bytes > maxDisk) {
    throw new SweetspotError('E_REFUSED', 'this sweep would take more disk than allowed', {
      allowed: `at most ${formatBytes(maxDisk)} (--max-disk)`,
      got: `about ${formatBytes(bytes)}`,
      hint: GO_AHEAD,
    });
  }
  if (freeDisk !== null && bytes > freeDisk) {
    throw new SweetspotError('E_REFUSED', 'this sweep would fill the disk', {
      allowed: `at most the ${formatBytes(freeDisk)} that are free`,
      got: `about ${formatBytes(bytes)}`,
      hint: 'Make the sweep smaller, free some space (`sweetspot gc`), keep less (keep_state: none), or go ahead with -y',
    });
  }
}

/**
 * Refuses a plan that would take too long.
 * @param seconds the estimate for what is left; null where nothing is known
 * @throws E_REFUSED (exit 3)
 */
export function checkHours(seconds: number | null, { maxHours }: Pick<Limits, 'maxHours'>): void {
  if (maxHours === null) return;
  if (seconds === null)
    throw unknown('--max-hours', 'how long this sweep takes: this workspace has no history yet');
  if (seconds <= maxHours * 3600) return;
  throw new SweetspotError('E_REFUSED', 'this sweep would take longer than allowed', {
    allowed: `at most ${formatDuration(maxHours * 3600)} (--max-hours)`,
    got: `about ${formatDuration(seconds)}`,
    hint: GO_AHEAD,
  });
}

const unknown = (option: string, what: string): SweetspotError =>
  new SweetspotError('E_REFUSED', `nobody knows ${what}`, {
    place: option,
    hint: '`sweetspot run` measures the time before it starts; -y goes ahead',
  });
