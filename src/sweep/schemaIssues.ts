import type * as z from 'zod';
import type { Diagnostics, Problem } from './diagnostics.ts';
import { formatValue } from './formatValue.ts';
import { sampleScalars, trainScalars } from './options.ts';
import { blockOf, knownKeys } from './schema.ts';
import { elsewhere } from './scriptOptions.ts';
import { suggest } from './suggest.ts';
import type { Path, YamlSource } from './yamlSource.ts';

/** Says in a user's words, with places, what the schema found. Issues must have been made with `reportInput`. */
export function reportIssues(
  issues: readonly z.core.$ZodIssue[],
  source: YamlSource,
  diagnostics: Diagnostics,
): void {
  for (const issue of issues) report(issue, issue.path.map(asKey), '', source, diagnostics);
}

const INVERSION = 'textual_inversion';

const asKey = (key: PropertyKey): string | number => (typeof key === 'number' ? key : String(key));

function report(
  issue: z.core.$ZodIssue,
  path: Path,
  alternative: string,
  source: YamlSource,
  diagnostics: Diagnostics,
): void {
  const input = issue.input;
  if (issue.code === 'invalid_union') {
    const branch = branchFor(input, issue.errors.length);
    // Only an axis has other forms of the same; score says itself what it takes.
    const other = branch === 0 && path[0] !== 'score' ? ', or a list of such values' : '';
    for (const inner of issue.errors[branch] ?? []) {
      report(inner, [...path, ...inner.path.map(asKey)], other, source, diagnostics);
    }
    return;
  }
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      diagnostics.add(source.keyAt([...path, key]), unknownKey(key, path));
    }
    return;
  }
  if (issue.code === 'invalid_key') {
    const expected = issue.issues[0]?.message;
    diagnostics.add(source.keyAt(path), {
      what: `${nameOf(path)} is no name`,
      expected,
      got: show(path.at(-1)),
    });
    return;
  }
  if (input === undefined) {
    const parent = path.slice(0, -1);
    const under = parent.length > 0 ? ` under ${parent.join('.')}` : '';
    diagnostics.add(source.keyAt(parent), {
      what: `${nameOf(path)} is missing${under}`,
      expected: `${issue.message}${alternative}`,
    });
    return;
  }
  diagnostics.add(source.valueAt(path), {
    what: `${nameOf(path)} has a wrong value`,
    expected: `${issue.message}${alternative}`,
    got: show(input),
    hint: hintFor(input, issue.message, alternative !== ''),
  });
}

/** Branches of an axis: [one value, list, log range, stepped range]; of a condition: [one value, list, bounds]. */
function branchFor(input: unknown, branches: number): number {
  if (Array.isArray(input)) return 1;
  if (typeof input !== 'object' || input === null || branches < 3) return 0;
  if (branches === 3) return 2;
  return 'log' in input || 'count' in input ? 2 : 3;
}

function unknownKey(key: string, path: Path): Problem {
  if (key.startsWith(INVERSION)) return unknownInversionKey(key, path);
  const known = knownKeys(path);
  const under = path.length > 0 ? ` under ${path.join('.')}` : '';
  const what = `unknown key ${JSON.stringify(key)}${under}`;
  const place = path.at(-1) === 'train' ? elsewhere(key) : null;
  if (place !== null) return { what: `${JSON.stringify(key)} has no place${under}`, hint: place };
  if (path[0] === 'include' && key in sampleScalars) {
    return { what, hint: 'It adds trials, whose pictures take all values under sample' };
  }
  const meant = suggest(key, known);
  if (meant !== null) return { what, hint: `Did you mean ${meant}?` };
  const block = blockOf(key);
  if (block !== null && path.length <= 2) return { what, hint: `It belongs under ${block}` };
  return { what, expected: known.length <= 16 ? `one of ${known.join(', ')}` : 'an option of this block' };
}

/** Options of the block textual_inversion are known by their long names (inversionBlocks.ts), and written by their short ones. */
function unknownInversionKey(key: string, path: Path): Problem {
  const block = [...path, INVERSION].join('.');
  const name = key.slice(INVERSION.length + 1);
  if (name === '') return { what: `${block} has a wrong value`, expected: 'a block of options' };
  const known = Object.keys(trainScalars)
    .filter(option => option.startsWith(`${INVERSION}_`))
    .map(option => option.slice(INVERSION.length + 1));
  const meant = suggest(name, known);
  const what = `unknown key ${JSON.stringify(name)} under ${block}`;
  return meant === null
    ? { what, expected: `one of ${known.join(', ')}` }
    : { what, hint: `Did you mean ${meant}?` };
}

/** The nearest name on the way to a value; a list's items are called by their list. */
function nameOf(path: Path): string {
  const name = path.findLast(key => typeof key === 'string');
  return name === undefined ? 'the sweep file' : String(name);
}

/** A value as the message shows it, with its kind where quotes would hide it. */
export function show(value: unknown): string {
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a block';
  const text = typeof value === 'number' ? formatValue(value) : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function hintFor(input: unknown, expected: string, mayBeList: boolean): string | undefined {
  if (typeof input === 'string') {
    if (/number/.test(expected))
      return (mayBeList && rangeHint(input, expected)) || numberHint(input, mayBeList);
    if (/^true or false/.test(expected) && /^(y|yes|on|n|no|off|true|false)$/i.test(input)) {
      return `Write ${/^(y|yes|on|true)$/i.test(input) ? 'true' : 'false'}, without quotes`;
    }
    if (/^one of /.test(expected)) {
      const meant = suggest(input, expected.slice('one of '.length).split(', '));
      return meant === null ? undefined : `Did you mean ${meant}?`;
    }
  }
  const wantsText = /text|letters/.test(expected);
  if (wantsText && (typeof input === 'number' || typeof input === 'boolean')) {
    return `Put it in quotes: "${String(input)}"`;
  }
  return undefined;
}

function numberHint(text: string, mayBeList: boolean): string | undefined {
  const plain = text.trim();
  const items = plain.split(/\s*,\s*/);
  const list =
    mayBeList && items.length > 1 && items.every(isNumber) ? `[${items.join(', ')}] for a list` : null;
  const one = oneNumber(plain);
  if (one !== null) return `Write ${one}${list && !plain.startsWith('0') ? `, or ${list}` : ''}`;
  if (list !== null) return `Write ${list}`;
  return isNumber(plain) ? `Write it without quotes: ${plain}` : undefined;
}

/** Whole numbers from one to another, as other languages write them: 0..3, 0-3, 0:3. */
function rangeHint(text: string, expected: string): string | undefined {
  const [, first, last] = /^\s*(\d{1,9})\s*(?:\.{2,3}|-|:|to)\s*(\d{1,9})\s*$/.exec(text) ?? [];
  const count = Number(last) - Number(first) + 1;
  if (!/^a whole number/.test(expected) || !(count >= 1)) return undefined;
  if (count > MAX_WRITTEN) return `Write {from: ${Number(first)}, to: ${Number(last)}, by: 1}`;
  return `Write [${Array.from({ length: count }, (_, i) => Number(first) + i).join(', ')}]`;
}

const MAX_WRITTEN = 12;

const isNumber = (text: string): boolean => text !== '' && Number.isFinite(Number(text));

/** What is meant where digits are grouped (1 000, 1_000, 1,000) or a comma stands for the point (0,5); null elsewhere. */
function oneNumber(text: string): string | null {
  if (/^\d[\d_]*$/.test(text) && text.includes('_')) return text.replaceAll('_', '');
  if (/^[1-9]\d{0,2}([,\s]\d{3})+$/.test(text)) return text.replace(/[,\s]/g, '');
  return /^\d+,\d+(e[+-]?\d+)?$/i.test(text) ? text.replace(',', '.') : null;
}
