import type { PlannedJob } from './jobs/plannedJob.ts';

/**
 * Which jobs may start: those whose needs are all there. Knows nothing of time or processes; the runner tells it what
 * became complete and what failed.
 */
export class JobGraph {
  readonly #waiting: Set<PlannedJob>;
  /** Keys that some job has yet to make; a block of class images that grows is one, though an older folder is there. */
  readonly #pending: Set<string>;

  constructor(jobs: readonly PlannedJob[]) {
    this.#waiting = new Set(jobs);
    this.#pending = new Set(jobs.flatMap(job => job.makes));
  }

  /** Takes out the jobs that can start now. What no job makes is there already: the planner saw to it. */
  takeReady(): PlannedJob[] {
    const ready = [...this.#waiting].filter(job => !job.needs.some(key => this.#pending.has(key)));
    for (const job of ready) this.#waiting.delete(job);
    return ready;
  }

  /** Says that a stage was completed. */
  made(key: string): void {
    this.#pending.delete(key);
  }

  /** Takes out the jobs that can never start now that `job` has failed, and what waits for those. */
  takeBlockedBy(job: PlannedJob): PlannedJob[] {
    const gone = new Set(job.makes.filter(key => this.#pending.has(key)));
    const blocked: PlannedJob[] = [];
    for (let grew = true; grew; ) {
      grew = false;
      for (const waiting of this.#waiting) {
        if (!waiting.needs.some(key => gone.has(key))) continue;
        this.#waiting.delete(waiting);
        blocked.push(waiting);
        for (const key of waiting.makes) gone.add(key);
        grew = true;
      }
    }
    return blocked;
  }

  /** How many jobs were never taken out. */
  get waiting(): number {
    return this.#waiting.size;
  }
}
