/** Speed is that of the last so many seconds: a resumed job, or a machine that others use too, is seen as it is now. */
const WINDOW_SECONDS = 15;

/** How fast a job goes, from when it stood where. */
export class SpeedMeter {
  readonly #seen: { done: number; seconds: number }[] = [];

  /** Units per second of late; null while there is nothing to tell it from. */
  at(done: number, seconds: number): number | null {
    this.#seen.push({ done, seconds });
    while (this.#seen.length > 2 && seconds - (this.#seen[1]?.seconds ?? seconds) >= WINDOW_SECONDS) {
      this.#seen.shift();
    }
    const [first] = this.#seen;
    if (!first || seconds <= first.seconds || done <= first.done) return null;
    return (done - first.done) / (seconds - first.seconds);
  }
}
