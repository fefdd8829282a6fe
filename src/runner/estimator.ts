/** Fewer units than these say little of the rest. */
const MEASURABLE_UNITS = 4;

/** What the estimator needs to know of a job. */
export interface EstimatedJob {
  id: string;
  rateKey: string;
  units: number;
}

/**
 * How long the rest of a run takes: units left of every job times seconds per unit, which come from the workspace's
 * history or a calibration and are replaced by what is seen in this run.
 */
export class Estimator {
  readonly #jobs: ReadonlyMap<string, EstimatedJob>;
  readonly #rates: Map<string, number>;
  /** Units done, by job; what is done, failed or blocked counts whole. */
  readonly #done = new Map<string, number>();
  /** Where a job stood when it was first heard of: start-up, and what a checkpoint brought, are no measure of the rest. */
  readonly #first = new Map<string, { units: number; seconds: number }>();

  readonly #slots: number;

  /** @param slots how many jobs run at a time */
  constructor(jobs: readonly EstimatedJob[], secondsPerUnit: Readonly<Record<string, number>>, slots = 1) {
    this.#slots = slots;
    this.#jobs = new Map(jobs.map(job => [job.id, job]));
    this.#rates = new Map(Object.entries(secondsPerUnit));
  }

  /** Rate keys nothing is known of. */
  unknown(): string[] {
    return [...new Set([...this.#jobs.values()].map(job => job.rateKey))].filter(
      key => !this.#rates.has(key),
    );
  }

  setRate(rateKey: string, secondsPerUnit: number): void {
    this.#rates.set(rateKey, secondsPerUnit);
  }

  /** Notes that a job is `fraction` done, `seconds` after its attempt began. */
  progress(id: string, fraction: number, seconds: number): void {
    const job = this.#jobs.get(id);
    if (!job) return;
    const units = job.units * fraction;
    this.#done.set(id, units);
    const first = this.#first.get(id);
    if (!first || units < first.units) this.#first.set(id, { units, seconds });
    else if (units - first.units >= MEASURABLE_UNITS) {
      this.#rates.set(job.rateKey, (seconds - first.seconds) / (units - first.units));
    }
  }

  /** Notes that a job ended, whichever way: nothing is left of it. */
  end(id: string): void {
    const job = this.#jobs.get(id);
    if (job) this.#done.set(id, job.units);
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
    for (const job of this.#jobs.values()) {
      const left = job.units - (this.#done.get(job.id) ?? 0);
      if (left <= 0) continue;
      const rate = this.#rates.get(job.rateKey);
      if (rate === undefined) return null;
      sum += left * rate;
      longest = Math.max(longest, left * rate);
    }
    return Math.max(longest, sum / this.#slots);
  }

  /** Share of the work that is done, 0 to 1, by estimated time where all rates are known, else by jobs. */
  overall(): number {
    let done = 0;
    let total = 0;
    for (const job of this.#jobs.values()) {
      const weight = this.#rates.get(job.rateKey) ?? 1;
      total += job.units * weight;
      done += (this.#done.get(job.id) ?? 0) * weight;
    }
    return total === 0 ? 1 : done / total;
  }
}
