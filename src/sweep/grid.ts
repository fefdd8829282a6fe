import type { AxisNotation } from './looseFile.ts';
import { camelCase } from './options.ts';
import type { OptionValue } from './types.ts';

/** Lists of values by field, in the order in which they multiply: the first field is the slowest. */
export type ValueLists = Record<string, OptionValue[]>;

/**
 * The values that an axis's notation stands for, duplicates included. Log ranges are rounded to 6 significant digits (or
 * to whole numbers) and stepped ones to 12, so that ends and middles equal what a person would write in a list.
 *
 * @param whole whether the option takes whole numbers only
 * @returns an empty list where a range runs backwards
 */
export function axisValues(notation: AxisNotation, whole: boolean): OptionValue[] {
  if (Array.isArray(notation)) return notation.map(plain);
  if (typeof notation !== 'object' || notation === null) return [plain(notation)];
  if ('log' in notation) {
    const [first, last] = notation.log;
    return Array.from({ length: notation.count }, (_, i) => {
      const value = first * (last / first) ** (i / (notation.count - 1));
      return whole ? Math.round(value) : Number(value.toPrecision(6));
    });
  }
  const { from, to, by } = notation;
  // A sliver of a step makes up for 0.1 + 0.2 > 0.3, so that `to` itself is in where it should be.
  const count = Math.floor((to - from) / by + 1e-9) + 1;
  return Array.from({ length: Math.max(0, Math.min(count, MAX_AXIS)) }, (_, i) =>
    plain(Number((from + i * by).toPrecision(12))),
  );
}

/** More values than any axis may have; a range is cut here before it fills the memory, and refused by its caller. */
export const MAX_AXIS = 10_001;

/** -0 and 0 are one value. */
const plain = (value: OptionValue): OptionValue => (value === 0 ? 0 : value);

/** The values in order of first appearance, each once. */
export const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

/**
 * Every combination of the lists, the first field slowest; fields of a zip group move together, at the place of the
 * group's first field. Combinations that come out equal are there once.
 */
export function combinations(lists: ValueLists, zip: readonly string[][]): Record<string, OptionValue>[] {
  const groups: string[][] = [];
  const placed = new Set<string>();
  for (const field of Object.keys(lists)) {
    if (placed.has(field)) continue;
    const group = zip.find(names => names.includes(field))?.filter(name => name in lists) ?? [field];
    for (const name of group) placed.add(name);
    groups.push(group);
  }
  const steps = groups.map(group => groupRows(lists, group));
  const length = steps.reduce((product, { length }) => product * length, 1);
  // Of a hundred thousand rows each is made once, not once a field.
  return Array.from({ length }, (_, number) => {
    const row: Record<string, OptionValue> = {};
    let slower = length;
    for (const own of steps) {
      slower /= own.length;
      Object.assign(row, own[Math.floor(number / slower) % own.length]);
    }
    return row;
  });
}

function groupRows(lists: ValueLists, group: readonly string[]): Record<string, OptionValue>[] {
  const length = Math.max(...group.map(field => lists[field]?.length ?? 0));
  const rows = Array.from({ length }, (_, i) =>
    Object.fromEntries(group.map(field => [field, lists[field]?.[i] ?? null])),
  );
  const seen = new Set<string>();
  return rows.filter(row => {
    const id = JSON.stringify(group.map(field => row[field]));
    return !seen.has(id) && seen.add(id);
  });
}

/** The keys of a block of the file, as fields. */
export const toFields = <T>(block: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(block).map(([name, value]) => [camelCase(name), value]));
