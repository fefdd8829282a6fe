/** Why a job has to be ended. */
export type Overdue = 'silent' | 'limit';

export interface WatchdogLimits {
  /** Silence that is too long, unless the job was as slow all along. */
  hangMs: number;
  /** Wall time that one stage may take; null: as long as it likes. */
  stageMs: number | null;
}

/** A job whose messages come this many times slower than they ever did has stopped, not slowed down. */
const SLOWER = 10;
const LOOKS_PER_LIMIT = 20;
const MAX_LOOK_MS = 1_000;

/** Looks at a job's progress and calls `onOverdue` once, when there is none for too long or a stage takes too long. */
export class Watchdog {
  readonly #limits: WatchdogLimits;
  readonly #timer: NodeJS.Timeout;
  #heard = performance.now();
  #stageSince = this.#heard;
  #longestGapMs = 0;

  constructor(limits: WatchdogLimits, onOverdue: (why: Overdue) => void) {
    this.#limits = limits;
    const shortest = Math.min(limits.hangMs, limits.stageMs ?? Number.POSITIVE_INFINITY);
    const look = (): void => {
      const why = this.#overdue();
      if (why === undefined) return;
      this.stop();
      onOverdue(why);
    };
    this.#timer = setInterval(look, Math.min(MAX_LOOK_MS, shortest / LOOKS_PER_LIMIT));
    this.#timer.unref();
  }

  /** The job said something. */
  heard(): void {
    const now = performance.now();
    this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#heard);
    this.#heard = now;
  }

  /** The job left a stage: the next one's time begins. */
  leftStage(): void {
    this.#stageSince = performance.now();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #overdue(): Overdue | undefined {
    const now = performance.now();
    const { hangMs, stageMs } = this.#limits;
    if (stageMs !== null && now - this.#stageSince > stageMs) return 'limit';
    return now - this.#heard > Math.max(hangMs, SLOWER * this.#longestGapMs) ? 'silent' : undefined;
  }
}
