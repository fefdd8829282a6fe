import { EXIT } from '../core/errors.ts';

export interface Interrupt {
  /** Aborted by the first Ctrl-C (SIGINT) or SIGTERM. */
  signal: AbortSignal;
  /** The exit code that the signal asks for; undefined while none came. */
  exitCode(): number | undefined;
  dispose(): void;
}

/** npm passes a Ctrl-C on that the terminal has already sent: what comes so soon after the first is the same one. */
const SAME_MS = 1_000;

/** First Ctrl-C: stop and save. Second: end at once (workers end with their parent; finished stages are safe). */
export function onInterrupt(say: (message: string) => void): Interrupt {
  const controller = new AbortController();
  let code: number | undefined;
  let first = 0;
  const handle = (signal: NodeJS.Signals): void => {
    if (code !== undefined) {
      if (Date.now() - first >= SAME_MS) process.exit(code);
      return;
    }
    first = Date.now();
    code = signal === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
    say('Stopping: saving what is there. Press Ctrl-C again to end at once.');
    controller.abort();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    signal: controller.signal,
    exitCode: () => code,
    dispose() {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}
