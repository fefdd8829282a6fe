/** Fewer units than these say little of the rest. */
const MEASURABLE_UNITS = 4;

/** What the estimator needs to know of a job. */
export interface EstimatedJob {
  id: string;
  rateKey: string;
  units: number;
}

/** Jobs with one rate key, summed up, so that each word of a worker costs as much as there are kinds of jobs, not jobs. */
interface RateGroup {
  /** In units. */
  total: number;
  done: number;
  /** The largest first. */
  jobs: EstimatedJob[];
  /** Of those before it all have begun. */
  at: number;
}

/**
 * How long the rest of a run takes: units left of every job times seconds per unit, which come from the workspace's
 * history or a calibration and are replaced by what is seen in this run.
 */
export class Estimator {
  readonly #jobs: ReadonlyMap<string, EstimatedJob>;
  readonly #groups = new Map<string, RateGroup>();
  readonly #rates: Map<string, number>;
  /** Units done, by job; what is done, failed or blocked counts whole. */
  readonly #done = new Map<string, number>();
  /** Jobs that have begun and not ended. */
  readonly #running = new Set<EstimatedJob>();
  /** Where a job stood when it was first heard of: start-up, and what a checkpoint brought, are no measure of the rest. */
  readonly #first = new Map<string, { units: number; seconds: number }>();
  readonly #slots: number;

  /** @param slots how many jobs run at a time */
  constructor(jobs: readonly EstimatedJob[], secondsPerUnit: Readonly<Record<string, number>>, slots = 1) {
    this.#slots = slots;
    this.#jobs = new Map(jobs.map(job => [job.id, job]));
    this.#rates = new Map(Object.entries(secondsPerUnit));
    for (const job of this.#jobs.values()) {
      const group = this.#groups.get(job.rateKey);
      if (group) group.jobs.push(job);
      else this.#groups.set(job.rateKey, { total: 0, done: 0, jobs: [job], at: 0 });
    }
    for (const group of this.#groups.values()) {
      group.jobs.sort((a, b) => b.units - a.units);
      group.total = group.jobs.reduce((sum, { units }) => sum + units, 0);
    }
  }

  /** Rate keys nothing is known of. */
  unknown(): string[] {
    return [...this.#groups.keys()].filter(key => !this.#rates.has(key));
  }

  setRate(rateKey: string, secondsPerUnit: number): void {
    this.#rates.set(rateKey, secondsPerUnit);
  }

  /** Notes that a job is `fraction` done, `seconds` after its attempt began. */
  progress(id: string, fraction: number, seconds: number): void {
    const job = this.#jobs.get(id);
    if (!job) return;
    const units = job.units * fraction;
    this.#setDone(job, units);
    this.#running.add(job);
    const first = this.#first.get(id);
    if (!first || units < first.units) this.#first.set(id, { units, seconds });
    else if (units - first.units >= MEASURABLE_UNITS) {
      this.#rates.set(job.rateKey, (seconds - first.seconds) / (units - first.units));
    }
  }

  /** Notes that a job ended, whichever way: nothing is left of it. */
  end(id: string): void {
    const job = this.#jobs.get(id);
    if (!job) return;
    this.#setDone(job, job.units);
    this.#running.delete(job);
    this.#first.delete(id);
  }

  /** Seconds of a whole job; as many as it has units where nothing is known of it. */
  secondsOf({ units, rateKey }: EstimatedJob): number {
    return units * (this.#rates.get(rateKey) ?? 1);
  }

  /**
   * Seconds left; null while a rate is unknown. On several slots no less than the longest job takes, and no less than all
   * of them shared out evenly.
   */
  remainingSeconds(): number | null {
    let sum = 0;
    let longest = 0;
    for (const [rateKey, group] of this.#groups) {
      const left = group.total - group.done;
      if (left <= 0) continue;
      const rate = this.#rates.get(rateKey);
      if (rate === undefined) return null;
      sum += left * rate;
      longest = Math.max(longest, this.#largestWaiting(group) * rate);
    }
    for (const job of this.#running) {
      longest = Math.max(longest, this.secondsOf(job) * (1 - (this.#done.get(job.id) ?? 0) / job.units));
    }
    return Math.max(longest, sum / this.#slots);
  }

  /** Share of the work that is done, 0 to 1, by estimated time where all rates are known, else by jobs. */
  overall(): number {
    let done = 0;
    let total = 0;
    for (const [rateKey, group] of this.#groups) {
      const weight = this.#rates.get(rateKey) ?? 1;
      total += group.total * weight;
      done += group.done * weight;
    }
    return total === 0 ? 1 : done / total;
  }

  #setDone(job: EstimatedJob, units: number): void {
    const group = this.#groups.get(job.rateKey);
    if (group) group.done += units - (this.#done.get(job.id) ?? 0);
    this.#done.set(job.id, units);
  }

  /** Units of the largest job that has not begun; 0 where all have. */
  #largestWaiting(group: RateGroup): number {
    while (this.#done.has(group.jobs[group.at]?.id ?? '')) group.at += 1;
    return group.jobs[group.at]?.units ?? 0;
  }
}
