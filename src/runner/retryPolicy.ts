import { SweetspotError } from '../core/errors.ts';
import { FAILURE_ACTIONS } from '../stages/failures.ts';
import type { AttemptEnd, Failure } from './attempt.ts';
import type { PlannedJob } from './jobs/plannedJob.ts';
import type { SlotPlan } from './slots/planSlots.ts';
import type { Slot } from './slots/slot.ts';

/** What earlier failures of this run say about jobs: who gets another attempt, and where. */
export class RetryPolicy {
  /** Jobs that failed for good. */
  failed = 0;
  readonly #attempts = new Map<string, number>();
  /** Where a job failed last. */
  readonly #failedOn = new Map<string, Slot>();
  /** By rate key: the memory (bytes) with which such a job ran out of it; jobs with equal rate keys need equally much. */
  readonly #tooSmall = new Map<string, number>();

  /** Notes a failed attempt; says whether the job is to be tried again. */
  again(job: PlannedJob, slot: Slot, failure: Failure): boolean {
    const attempts = (this.#attempts.get(job.id) ?? 0) + 1;
    this.#attempts.set(job.id, attempts);
    this.#failedOn.set(job.id, slot);
    if (failure.class === 'out-of-memory') {
      const memory = slot.plan.memoryBytes ?? 0;
      this.#tooSmall.set(job.rateKey, Math.max(memory, this.#tooSmall.get(job.rateKey) ?? 0));
    }
    if (failure.error.code === 'E_BACKEND') return true; // it never began
    return !failure.final && attempts < FAILURE_ACTIONS[failure.class].attempts;
  }

  /** Whether the slot has the memory that the job needs for certain, and more than such a job ran out of. */
  fits(job: PlannedJob, { memoryBytes }: SlotPlan): boolean {
    const tooSmall = this.#tooSmall.get(job.rateKey);
    if (tooSmall !== undefined && (memoryBytes ?? 0) <= tooSmall) return false;
    return job.memoryBytes === undefined || memoryBytes === null || job.memoryBytes <= memoryBytes;
  }

  /** Whether the job should wait for another slot than the one it failed on. */
  avoids(job: PlannedJob, slot: Slot, usable: readonly Slot[]): boolean {
    return (
      this.#failedOn.get(job.id) === slot &&
      usable.some(other => other !== slot && this.fits(job, other.plan))
    );
  }

  /** How a job ends that fits no slot, of which the largest has so much memory. */
  tooLarge(job: PlannedJob, memoryBytes: number): AttemptEnd {
    const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
    const known = this.#tooSmall.has(job.rateKey);
    const error = new SweetspotError(
      'E_OUT_OF_MEMORY',
      known
        ? 'not tried: an equal job ran out of memory'
        : 'not tried: its weights, gradients and moments need more memory than there is',
      {
        allowed: `at most ${gigabytes(memoryBytes)}`,
        ...(known || job.memoryBytes === undefined ? {} : { got: gigabytes(job.memoryBytes) }),
        hint: 'Take fewer slots, smaller batches, or another backend',
      },
    );
    const failure: Failure = { class: 'out-of-memory', error: error.toJSON(), log: '', final: true };
    return { end: { outcome: 'failed', error: failure.error }, seconds: 0, failure };
  }
}
