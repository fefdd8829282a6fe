import { SweetspotError } from './errors.ts';

/**
 * The one JSON text of a value: keys in UTF-16 order, no spaces, numbers in JavaScript's shortest form (so `1e-6` and
 * `0.000001` are the same, and `-0` is `0`). Stages are named by its hash, so whatever JSON would drop or bend without
 * a word is refused: undefined, NaN, infinities, functions, bigints, cycles, dates and other objects with a class.
 *
 * @throws E_INTERNAL naming the path of the value that has no JSON form
 */
export function canonicalJson(value: unknown): string {
  // Plans write hundreds of thousands of these: paths and parents are only kept track of where something is wrong.
  return writeFast(value, 0) ?? write(value, '$', []);
}

/** Deeper than anything we write, and what a cycle soon becomes. */
const MAX_FAST_DEPTH = 50;

/** The same text as {@link write}, or null where a value is unusual: then that one finds the words for it. */
function writeFast(value: unknown, depth: number): string | null {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : null;
    case 'object':
      break;
    default:
      return null;
  }
  if (value === null) return 'null';
  if (depth > MAX_FAST_DEPTH) return null;
  if (Array.isArray(value)) return writeFastArray(value, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return null;
  let text = '{';
  for (const key of Object.keys(value).sort()) {
    const member = writeFast((value as Record<string, unknown>)[key], depth + 1);
    if (member === null) return null;
    text += `${text === '{' ? '' : ','}${JSON.stringify(key)}:${member}`;
  }
  return `${text}}`;
}

function writeFastArray(values: readonly unknown[], depth: number): string | null {
  let text = '[';
  for (const value of values) {
    const item = writeFast(value, depth + 1);
    if (item === null) return null;
    text += text === '[' ? item : `,${item}`;
  }
  return `${text}]`;
}

function write(value: unknown, path: string, parents: object[]): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
      return String(value);
    case 'string':
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw noJson(path, String(value));
      return JSON.stringify(value);
    case 'object':
      if (parents.includes(value)) throw noJson(path, 'a cycle');
      return writeObject(value, path, [...parents, value]);
    default:
      throw noJson(path, typeof value);
  }
}

function writeObject(value: object, path: string, parents: object[]): string {
  if (Array.isArray(value)) {
    // Array.from visits holes as undefined, which is then refused; map would skip them.
    return `[${Array.from(value, (item, i) => write(item, `${path}[${i}]`, parents)).join(',')}]`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw noJson(path, `an instance of ${value.constructor?.name || 'a class'}`);
  }
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${write(item, `${path}.${key}`, parents)}`);
  return `{${members.join(',')}}`;
}

function noJson(path: string, got: string): SweetspotError {
  return new SweetspotError('E_INTERNAL', 'value has no canonical JSON', {
    place: path,
    allowed: 'null, a boolean, a finite number, a string, an array or a plain object',
    got,
  });
}
