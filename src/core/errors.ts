/**
 * The one error type of the project. A user error is one line: where, what, what is allowed, what was got, and a hint.
 * The code is stable and documented; the exit code belongs to the code (see {@link ERROR_CODES}).
 */
export const EXIT = {
  done: 0,
  trialFailed: 1,
  usage: 2,
  refused: 3,
  failureBudget: 4,
  store: 5,
  noDevice: 6,
  interrupted: 130,
  terminated: 143,
} as const;

/** Every stable error code with the exit code of the process that ends on it. */
export const ERROR_CODES = {
  /** The command line cannot be understood. */
  E_USAGE: EXIT.usage,
  /** The sweep file is not valid. */
  E_SWEEP: EXIT.usage,
  /** A file or folder that is needed is missing. */
  E_MISSING: EXIT.usage,
  /** A model folder is damaged, incomplete or of a kind we cannot run. */
  E_MODEL: EXIT.usage,
  /** A safetensors file lies about itself. */
  E_SAFETENSORS: EXIT.usage,
  /** The tokenizer files are damaged or do not fit the text encoder. */
  E_TOKENIZER: EXIT.usage,
  /** The scheduler is unknown or asked for something it cannot do. */
  E_SCHEDULER: EXIT.usage,
  /** A picture cannot be read or is no picture. */
  E_IMAGE: EXIT.usage,
  /** An option has a value that is not allowed, or does not fit the others. */
  E_OPTION: EXIT.usage,
  /** A checkpoint is damaged or belongs to another training. */
  E_CHECKPOINT: EXIT.usage,
  /** A tensor became NaN or infinite. */
  E_NOT_FINITE: EXIT.trialFailed,
  /** A training ran, and the weights are those from before. */
  E_UNCHANGED: EXIT.trialFailed,
  /** The tensor heap is full. */
  E_OUT_OF_MEMORY: EXIT.trialFailed,
  /** Writing failed: read-only, full, or not permitted. */
  E_WRITE: EXIT.trialFailed,
  /** A worker process ended before its job did. */
  E_WORKER: EXIT.trialFailed,
  /** A job made no progress, or took longer than it may. */
  E_TIMEOUT: EXIT.trialFailed,
  /** A budget or a safety check refuses to go on. */
  E_REFUSED: EXIT.refused,
  /** Too many trials failed. */
  E_FAILURE_BUDGET: EXIT.failureBudget,
  /** The workspace store is locked, corrupt or newer than this program. */
  E_STORE: EXIT.store,
  /** No usable device or tensor backend. */
  E_BACKEND: EXIT.noDevice,
  /** A promise of the code to itself is broken: a bug. */
  E_INTERNAL: EXIT.trialFailed,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** Where: a path, `file:line:column`, an option's name, a tensor's name. */
  place?: string;
  /** What would have been right. */
  allowed?: string;
  /** What was found instead. */
  got?: string;
  /** What to do about it. */
  hint?: string;
  cause?: unknown;
}

/** Fails with a stable code; `message` reads `place: what; expected …, got …. Hint.` on one line. */
export class SweetspotError extends Error {
  readonly code: ErrorCode;
  readonly what: string;
  readonly place: string | undefined;
  readonly allowed: string | undefined;
  readonly got: string | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, what: string, details: ErrorDetails = {}) {
    super(formatMessage(what, details), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'SweetspotError';
    this.code = code;
    this.what = what;
    this.place = details.place;
    this.allowed = details.allowed;
    this.got = details.got;
    this.hint = details.hint;
  }

  get exitCode(): number {
    return ERROR_CODES[this.code];
  }

  /** Plain data for a message between processes; {@link SweetspotError.fromJSON} is the way back. */
  toJSON(): SweetspotErrorJson {
    const { code, what, place, allowed, got, hint } = this;
    return { code, what, ...withoutUndefined({ place, allowed, got, hint }) };
  }

  static fromJSON(json: SweetspotErrorJson): SweetspotError {
    const { code, what, ...details } = json;
    return new SweetspotError(code, what, details);
  }
}

export interface SweetspotErrorJson {
  code: ErrorCode;
  what: string;
  place?: string;
  allowed?: string;
  got?: string;
  hint?: string;
}

/** Any thrown value as plain data; what is no SweetspotError is a bug of ours, said as such. */
export function toErrorJson(error: unknown): SweetspotErrorJson {
  if (error instanceof SweetspotError) return error.toJSON();
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    code: 'E_INTERNAL',
    what,
    hint: 'This is a bug in sweetspot: please report it, with --verbose output',
  };
}

function formatMessage(what: string, { place, allowed, got, hint }: ErrorDetails): string {
  const facts = [allowed && `expected ${allowed}`, got && `got ${got}`].filter(Boolean).join(', ');
  const head = [place && `${place}: `, what, facts && `; ${facts}`].filter(Boolean).join('');
  return oneLine(hint ? `${head}. ${hint}` : head);
}

const oneLine = (text: string): string => text.replace(/\s*[\r\n]+\s*/g, ' ');

function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
