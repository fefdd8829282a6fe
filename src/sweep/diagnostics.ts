import { SweetspotError } from '../core/errors.ts';
import type { Diagnostic } from './types.ts';
import type { Position, YamlSource } from './yamlSource.ts';

export interface Problem {
  what: string;
  expected?: string | undefined;
  got?: string | undefined;
  hint?: string | undefined;
}

/** Nobody reads more at once, and each costs an excerpt. */
const MAX_DIAGNOSTICS = 200;

/** Collects what is wrong with one file, so that all of it can be shown at once: in its order, arguments last. */
export class Diagnostics {
  readonly #file: string;
  readonly #source: YamlSource | null;
  readonly #found: Diagnostic[] = [];
  readonly #messages = new Set<string>();

  /** @param file as the user named it; it heads every message */
  constructor(file: string, source: YamlSource | null) {
    this.#file = file;
    this.#source = source;
  }

  add({ line, column, argument }: Position, { what, expected, got, hint }: Problem): void {
    if (this.#found.length >= MAX_DIAGNOSTICS) return;
    // The one formatter of messages is the error type's: file, what, expected, got and hint on one line.
    const details = { ...(expected && { allowed: expected }), ...(got && { got }), ...(hint && { hint }) };
    const inFile = argument === undefined && this.#source !== null;
    const file = argument === undefined ? this.#file : shorten(argument);
    const place = inFile ? `${file}:${line}:${column}` : file;
    const { message } = new SweetspotError('E_SWEEP', what, { place, ...details });
    if (this.#messages.has(message)) return;
    this.#messages.add(message);
    this.#found.push({
      file,
      line,
      column,
      what,
      expected: expected ?? null,
      got: got ?? null,
      hint: hint ?? null,
      message,
      excerpt: inFile && this.#source ? excerpt(this.#source.lineText(line), line, column) : [],
    });
  }

  get any(): boolean {
    return this.#found.length > 0;
  }

  list(): Diagnostic[] {
    const inFile = this.#found.filter(({ file }) => file === this.#file);
    const inArguments = this.#found.filter(({ file }) => file !== this.#file);
    return [...inFile.toSorted((a, b) => a.line - b.line || a.column - b.column), ...inArguments];
  }
}

/** All diagnostics as one error, for a caller that shows no list: the first in full, the others counted. */
export function sweepError(diagnostics: readonly Diagnostic[]): SweetspotError {
  const [first, ...others] = diagnostics;
  if (!first) return new SweetspotError('E_INTERNAL', 'a sweep was refused without a reason');
  const { what, expected, got, hint } = first;
  const more =
    others.length === 0 ? '' : ` (and ${others.length} more ${others.length === 1 ? 'problem' : 'problems'})`;
  return new SweetspotError('E_SWEEP', `${what}${more}`, {
    place: first.excerpt.length > 0 ? `${first.file}:${first.line}:${first.column}` : first.file,
    ...(expected !== null && { allowed: expected }),
    ...(got !== null && { got }),
    ...(hint !== null && { hint }),
  });
}

/** Arguments are named in messages, which stay readable. */
const shorten = (argument: string): string =>
  argument.length > 120 ? `${argument.slice(0, 117)}...` : argument;

/** Longer lines are cut around the place. */
const EXCERPT_WIDTH = 100;

function excerpt(text: string, line: number, column: number): string[] {
  const start = column > EXCERPT_WIDTH - 10 ? column - EXCERPT_WIDTH / 2 : 0;
  const shown = text.slice(start, start + EXCERPT_WIDTH).trimEnd();
  const gutter = `${line} | `;
  // Tabs stay tabs under tabs, so that the caret stands right however wide they are shown.
  const lead = text.slice(start, column - 1).replace(/[^\t]/g, ' ');
  return [`${gutter}${shown}`, `${' '.repeat(gutter.length - 2)}| ${lead}^`];
}
