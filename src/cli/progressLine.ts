/** A line that is overwritten on a terminal; elsewhere a plain line now and then. */
export interface ProgressLine {
  /** Shows the state of things. Without a terminal it is printed at most every few seconds. */
  update(text: string): void;
  /** Prints a line that stays. */
  say(text: string): void;
  clear(): void;
}

/** Without a terminal, progress goes to a log: a line every few seconds is enough. */
const PLAIN_INTERVAL_MS = 10_000;
const REDRAW_INTERVAL_MS = 100;

export function progressLine(stream: NodeJS.WriteStream, now: () => number = Date.now): ProgressLine {
  const live = stream.isTTY === true;
  let shown = '';
  let last = Number.NEGATIVE_INFINITY;
  const clear = (): void => {
    if (live && shown !== '') stream.write('\r\u001b[K');
    shown = '';
  };
  return {
    update(text) {
      if (now() - last < (live ? REDRAW_INTERVAL_MS : PLAIN_INTERVAL_MS)) return;
      last = now();
      if (!live) {
        stream.write(`${text}\n`);
        return;
      }
      const fitting = text.slice(0, Math.max(20, (stream.columns || 80) - 1));
      stream.write(`\r${fitting}\u001b[K`);
      shown = fitting;
    },
    say(text) {
      clear();
      stream.write(`${text}\n`);
    },
    clear,
  };
}
