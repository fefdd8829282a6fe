import type { PlannedJob } from './jobs/plannedJob.ts';

/**
 * Which jobs may start: those whose needs are all there. Knows nothing of time or processes; the runner tells it what
 * became complete and what failed. Each step costs what hangs on it, not what the whole plan holds.
 */
export class JobGraph {
  /** Jobs not handed out yet, with how many of their needs are still to be made. */
  readonly #waiting = new Map<PlannedJob, number>();
  /** Keys that some job has yet to make, and who waits for them; a block of class images that grows is one, too. */
  readonly #pending = new Map<string, PlannedJob[]>();
  #ready: PlannedJob[] = [];

  constructor(jobs: readonly PlannedJob[]) {
    for (const key of jobs.flatMap(job => job.makes)) this.#pending.set(key, []);
    for (const job of jobs) {
      // What no job makes is there already: the planner saw to it.
      const needs = new Set(job.needs.filter(key => this.#pending.has(key)));
      for (const key of needs) this.#pending.get(key)?.push(job);
      this.#waiting.set(job, needs.size);
      if (needs.size === 0) this.#ready.push(job);
    }
  }

  /** Takes out the jobs that can start now. */
  takeReady(): PlannedJob[] {
    const ready = this.#ready;
    this.#ready = [];
    for (const job of ready) this.#waiting.delete(job);
    return ready;
  }

  /** Says that a stage was completed. */
  made(key: string): void {
    for (const job of this.#pending.get(key) ?? []) {
      const left = this.#waiting.get(job);
      if (left === undefined) continue;
      this.#waiting.set(job, left - 1);
      if (left === 1) this.#ready.push(job);
    }
    this.#pending.delete(key);
  }

  /** Takes out the jobs that can never start now that `job` has failed, and what waits for those. */
  takeBlockedBy(job: PlannedJob): PlannedJob[] {
    const blocked: PlannedJob[] = [];
    const gone = [...job.makes];
    for (let key = gone.pop(); key !== undefined; key = gone.pop()) {
      for (const waiting of this.#pending.get(key) ?? []) {
        if (!this.#waiting.delete(waiting)) continue;
        blocked.push(waiting);
        gone.push(...waiting.makes);
      }
    }
    return blocked;
  }

  /** How many jobs were never taken out. */
  get waiting(): number {
    return this.#waiting.size;
  }
}
