import { parseYaml } from '../../sweep/parseYaml.ts';
import type { OptionValue } from '../../sweep/types.ts';

/** Which settings and pictures are meant: values by axis, subject, prompt, seeds or region. */
export type NoteFilter = Record<string, OptionValue[]>;

/** Of `likeness`, `prompt_kept` and `balance`, which all run from 0 to 1, a tenth. */
const MARGIN = 0.1;

/** What a block of notes quotes. */
export type NoteQuery =
  | { kind: 'cells'; title: string; where: NoteFilter; limit: number }
  | { kind: 'grid'; title: string; where: NoteFilter; rows: string; columns: string }
  | { kind: 'chart'; id: string }
  | { kind: 'answer'; subject: string | null }
  | {
      kind: 'claim';
      text: string;
      metric: string;
      expect: 'higher' | 'lower' | 'same';
      /** Differences no larger than this count as none, where `same` is expected. */
      within: number;
      a: NoteFilter;
      b: NoteFilter;
      /** The difference between a and b is itself compared with that between these two. */
      than: { a: NoteFilter; b: NoteFilter } | null;
    };

/**
 * Reads a block. One of `cells`, `grid`, `chart`, `claim`, `answer` says what it is.
 *
 * @throws Error with one line, where it cannot be understood
 */
export function parseNoteQuery(text: string): NoteQuery {
  const value = parseYaml(text);
  if (!isRecord(value)) throw new Error('a block must begin with one of cells, grid, chart, claim, answer');
  if (typeof value.claim === 'string') {
    only(value, ['claim', 'metric', 'expect', 'within', 'a', 'b', 'than']);
    const { than } = value;
    const expect = oneOf('expect', value.expect ?? 'higher', ['higher', 'lower', 'same']);
    return {
      kind: 'claim',
      text: value.claim,
      metric: String(value.metric ?? 'balance'),
      expect,
      within: margin(value.within, expect),
      a: filter('a', value.a),
      b: filter('b', value.b),
      than: isRecord(than) ? { a: filter('than.a', than.a), b: filter('than.b', than.b) } : null,
    };
  }
  if ('chart' in value) {
    only(value, ['chart']);
    return { kind: 'chart', id: String(value.chart) };
  }
  if ('answer' in value) {
    only(value, ['answer']);
    return { kind: 'answer', subject: value.answer === null ? null : String(value.answer) };
  }
  if ('grid' in value) {
    only(value, ['grid', 'where', 'rows', 'columns']);
    return {
      kind: 'grid',
      title: String(value.grid ?? ''),
      where: filter('where', value.where ?? {}),
      rows: String(value.rows ?? 'learning_rate'),
      columns: String(value.columns ?? 'max_train_steps'),
    };
  }
  if ('cells' in value) {
    only(value, ['cells', 'where', 'limit']);
    const limit = Number(value.limit ?? 12);
    if (!Number.isInteger(limit) || limit < 1) throw new Error('limit: expected a whole number from 1');
    return {
      kind: 'cells',
      title: String(value.cells ?? ''),
      where: filter('where', value.where ?? {}),
      limit,
    };
  }
  throw new Error('a block must begin with one of cells, grid, chart, claim, answer');
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function only(value: Record<string, unknown>, names: readonly string[]): void {
  const unknown = Object.keys(value).find(name => !names.includes(name));
  if (unknown !== undefined)
    throw new Error(`${unknown}: not known here, expected one of ${names.join(', ')}`);
}

function oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find(each => each === value);
  if (found === undefined) throw new Error(`${name}: expected one of ${allowed.join(', ')}`);
  return found;
}

function margin(value: unknown, expect: string): number {
  if (value === undefined) return MARGIN;
  if (expect !== 'same') throw new Error('within: belongs to expect: same');
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
    throw new Error('within: expected a number greater than 0');
  return value;
}

function filter(name: string, value: unknown): NoteFilter {
  if (!isRecord(value)) throw new Error(`${name}: expected values by axis, as in {learning_rate: 1e-5}`);
  return Object.fromEntries(
    Object.entries(value).map(([axis, given]) => [
      axis,
      (Array.isArray(given) ? given : [given]) as OptionValue[],
    ]),
  );
}
