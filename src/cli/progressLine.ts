/** Lines that are overwritten on a terminal; elsewhere plain lines now and then. */
export interface ProgressLine {
  /** Shows the state of things, a line or several. Without a terminal it is printed at most every few seconds. */
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
  let shown = 0;
  let last = Number.NEGATIVE_INFINITY;
  const clear = (): void => {
    // ECMA-48: up to the first line that was drawn (CUU), and erase from there on (ED).
    if (live && shown > 0) stream.write(`\r${shown > 1 ? `\u001b[${shown - 1}A` : ''}\u001b[J`);
    shown = 0;
  };
  return {
    update(text) {
      if (now() - last < (live ? REDRAW_INTERVAL_MS : PLAIN_INTERVAL_MS)) return;
      last = now();
      if (!live) {
        stream.write(`${text}\n`);
        return;
      }
      const width = Math.max(20, (stream.columns || 80) - 1);
      // More lines than the screen has could not be taken back.
      const lines = text.split('\n').slice(-Math.max(1, (stream.rows || 24) - 1));
      clear();
      stream.write(lines.map(line => line.slice(0, width)).join('\n'));
      shown = lines.length;
    },
    say(text) {
      clear();
      stream.write(`${text}\n`);
    },
    clear,
  };
}
