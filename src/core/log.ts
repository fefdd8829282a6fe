/** A small leveled logger. It is passed to whoever talks; there is no global one. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface Logger {
  /** Shown only with `--verbose`. */
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface LoggerOptions {
  /** Shows debug lines. */
  verbose?: boolean;
  /** ANSI colours; see {@link wantsColor}. */
  color?: boolean;
  /** Receives whole lines, newline included; default: standard error, as standard output belongs to results. */
  write?: (line: string) => void;
}

const PREFIX: Record<LogLevel, string> = { debug: 'debug: ', info: '', warn: 'warning: ', error: 'error: ' };
// SGR codes of ECMA-48: 2 faint, 33 yellow, 31 red.
const SGR: Record<LogLevel, string> = { debug: '2', info: '', warn: '33', error: '31' };

export function createLogger(options: LoggerOptions = {}): Logger {
  const { verbose = false, color = false } = options;
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const at = (level: LogLevel) => (message: string) => {
    if (level === 'debug' && !verbose) return;
    const sgr = SGR[level];
    const prefix = color && sgr && PREFIX[level] ? `\u001b[${sgr}m${PREFIX[level]}\u001b[0m` : PREFIX[level];
    write(`${prefix}${message}\n`);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Says nothing: the default of functions that can also be called without a logger. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** Colours are wanted on a terminal, unless NO_COLOR is set to anything but the empty string (no-color.org). */
export function wantsColor(stream: { isTTY?: boolean }, env: Record<string, string | undefined>): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}
