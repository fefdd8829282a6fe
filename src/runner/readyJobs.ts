import type { PlannedJob } from './jobs/plannedJob.ts';

/** Who asks for a job. */
export interface Taker {
  /** What the slot's worker has in memory: see {@link PlannedJob.weights}. */
  holds: string | null;
  /** Whether the slot can run the job at all. */
  fits(job: PlannedJob): boolean;
}

/**
 * Jobs that can start, the longest critical path first (then the higher priority, then plan order). Among jobs of the
 * same kind as the first, one whose weights the taker already holds goes before: it saves reading them.
 */
export class ReadyJobs {
  readonly #paths: ReadonlyMap<PlannedJob, number>;
  readonly #order: ReadonlyMap<PlannedJob, number>;
  /** Sorted, the first one last: taking it is a pop. */
  readonly #jobs: PlannedJob[] = [];
  /** Ready jobs by what they find useful in memory. */
  readonly #byWeights = new Map<string, Set<PlannedJob>>();

  constructor(jobs: readonly PlannedJob[], paths: ReadonlyMap<PlannedJob, number>) {
    this.#paths = paths;
    this.#order = new Map(jobs.map((job, i) => [job, i]));
  }

  get size(): number {
    return this.#jobs.length;
  }

  add(job: PlannedJob): void {
    this.#jobs.splice(this.#placeOf(job), 0, job);
    if (job.weights === undefined) return;
    const same = this.#byWeights.get(job.weights);
    if (same) same.add(job);
    else this.#byWeights.set(job.weights, new Set([job]));
  }

  has({ fits }: Taker): boolean {
    return this.#jobs.findLast(fits) !== undefined;
  }

  /** Takes out the best job for who asks; undefined where there is none that fits. */
  takeFor({ holds, fits }: Taker): PlannedJob | undefined {
    const first = this.#jobs.findLast(fits);
    if (!first) return undefined;
    const same = holds === null || first.weights === holds ? undefined : this.#byWeights.get(holds);
    const job = (same && firstOf(same, job => job.kind === first.kind && fits(job))) ?? first;
    this.#remove(job);
    return job;
  }

  /** Takes out those that match. */
  takeWhere(matches: (job: PlannedJob) => boolean): PlannedJob[] {
    const taken = this.#jobs.filter(matches);
    for (const job of taken) this.#remove(job);
    return taken;
  }

  #remove(job: PlannedJob): void {
    this.#jobs.splice(this.#placeOf(job) - 1, 1);
    if (job.weights !== undefined) this.#byWeights.get(job.weights)?.delete(job);
  }

  /** Behind all that come after the job, and behind the job itself where it is there. */
  #placeOf(job: PlannedJob): number {
    let low = 0;
    let high = this.#jobs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#jobs[middle];
      if (other && !this.#before(other, job)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #before(a: PlannedJob, b: PlannedJob): boolean {
    const path = (this.#paths.get(a) ?? 0) - (this.#paths.get(b) ?? 0);
    if (path !== 0) return path > 0;
    if (a.priority !== b.priority) return a.priority > b.priority;
    return (this.#order.get(a) ?? 0) < (this.#order.get(b) ?? 0);
  }
}

function firstOf<T>(items: Iterable<T>, matches: (item: T) => boolean): T | undefined {
  for (const item of items) if (matches(item)) return item;
  return undefined;
}
