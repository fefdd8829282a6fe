import { SweetspotError } from '../../core/errors.ts';

export interface IntegerRange {
  min?: number;
  max?: number;
}

/**
 * Reads the keys of one `config.json` of a pipeline folder. A missing key means the default (as where diffusers' classes are
 * constructed from a config), null is a value like others; a value of the wrong kind, or one this program cannot compute with, fails with
 * E_MODEL naming file, key, what is allowed and what was found. Keys nobody asks for are ignored, as diffusers does.
 */
export class ConfigReader {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #place: string;

  constructor(json: unknown, place: string) {
    if (!isRecord(json)) {
      throw new SweetspotError('E_MODEL', 'the file is not a model configuration', {
        place,
        allowed: 'a JSON object',
        got: describe(json),
      });
    }
    this.#values = json;
    this.#place = place;
  }

  /** The value of a key as it stands; undefined when it is missing. */
  raw(key: string): unknown {
    return this.#values[key];
  }

  isNullOrMissing(key: string): boolean {
    return (this.raw(key) ?? null) === null;
  }

  integer(key: string, fallback: number, { min = 1, max = 1 << 20 }: IntegerRange = {}): number {
    const value = this.#value(key, fallback);
    if (!isInteger(value, min, max)) throw this.error(key, wholeNumber(min, max));
    return value;
  }

  integerOrNull(key: string, { min = 1, max = 1 << 20 }: IntegerRange = {}): number | null {
    return this.isNullOrMissing(key) ? null : this.integer(key, min, { min, max });
  }

  positive(key: string, fallback: number): number {
    const value = this.#value(key, fallback);
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
      throw this.error(key, 'a number above 0');
    }
    return value;
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.#value(key, fallback);
    if (typeof value !== 'boolean') throw this.error(key, 'true or false');
    return value;
  }

  oneOf<T extends string>(key: string, fallback: T, allowed: readonly T[]): T {
    const value = this.#value(key, fallback);
    const found = allowed.find(name => name === value);
    if (found === undefined) throw this.error(key, orList(allowed));
    return found;
  }

  /** A list with at least one entry, each one of `allowed`. */
  listOf<T extends string>(key: string, fallback: readonly T[], allowed: readonly T[]): readonly T[] {
    const value = this.#value(key, fallback);
    const list = Array.isArray(value) ? value.map(entry => allowed.find(name => name === entry)) : [];
    if (list.length === 0 || list.length > MAX_LEVELS || list.includes(undefined)) {
      throw this.error(key, `a list of ${orList(allowed)}`);
    }
    return list.filter(entry => entry !== undefined);
  }

  /** A list of whole numbers with at least one entry. */
  integers(
    key: string,
    fallback: readonly number[],
    { min = 1, max = 1 << 20 }: IntegerRange = {},
  ): readonly number[] {
    const value = this.#value(key, fallback);
    const fits = Array.isArray(value) && value.length > 0 && value.length <= MAX_LEVELS;
    if (!fits || !value.every(entry => isInteger(entry, min, max))) {
      throw this.error(key, `a list of whole numbers from ${min} to ${max}`);
    }
    return value;
  }

  /** One whole number for each of `levels` levels, from a list of that length or one number that stands for all. */
  perLevel(
    key: string,
    fallback: number,
    levels: number,
    { min = 1, max = 1 << 20 }: IntegerRange = {},
  ): readonly number[] {
    const value = this.#value(key, fallback);
    const list: unknown[] = Array.isArray(value) ? value : Array.from({ length: levels }, () => value);
    if (list.length !== levels || !list.every(entry => isInteger(entry, min, max))) {
      throw this.error(key, `${wholeNumber(min, max)}, or a list of ${levels} of them`);
    }
    return list;
  }

  /**
   * Refuses a key whose value would change the computation in a way we do not have. `allowed` are the values that mean
   * "off", the first one the default; a list of only such values is off, too.
   */
  off(key: string, allowed: readonly (string | number | boolean | null)[]): void {
    const value = this.#values[key];
    if (value === undefined) return;
    const entries: unknown[] = Array.isArray(value) ? value : [value];
    if (!entries.every(entry => allowed.some(off => off === entry))) {
      throw this.error(key, orList(allowed.map(off => JSON.stringify(off))), UNSUPPORTED);
    }
  }

  #value(key: string, fallback: unknown): unknown {
    const value = this.raw(key);
    return value === undefined ? fallback : value;
  }

  error(key: string, allowed: string, hint?: string): SweetspotError {
    return new SweetspotError('E_MODEL', 'unusable value in the model configuration', {
      place: `${this.#place}: ${key}`,
      allowed,
      got: describe(this.#values[key]),
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** More levels than any network has; keeps a damaged file from constructing without end. */
const MAX_LEVELS = 16;

const UNSUPPORTED = 'Only the networks of Stable Diffusion v1 and v2 can be run.';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isInteger = (value: unknown, min: number, max: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;

const wholeNumber = (min: number, max: number): string => `a whole number from ${min} to ${max}`;

const orList = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

/** A value as the user wrote it, cut where it gets long. */
function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
