import { camelCase } from './options.ts';
import type { Condition, Filter, OptionValue } from './types.ts';

/** A condition as the file writes it: a value, a list of values, or bounds. */
export type ConditionNotation =
  | OptionValue
  | OptionValue[]
  | Partial<Record<(typeof BOUNDS)[number], number>>;

/** Names of bounds, as in the file. */
export const BOUNDS = ['at_least', 'at_most', 'above', 'below'] as const;

/** The conditions of a block of the file, by field. */
export const toFilter = (block: Readonly<Record<string, ConditionNotation>>): Filter =>
  Object.fromEntries(
    Object.entries(block).map(([name, notation]) => [camelCase(name), toCondition(notation)]),
  );

function toCondition(notation: ConditionNotation): Condition {
  if (Array.isArray(notation)) return { oneOf: notation };
  if (typeof notation !== 'object' || notation === null) return { oneOf: [notation] };
  const { at_least: atLeast, at_most: atMost, above, below } = notation;
  return {
    ...(atLeast !== undefined && { atLeast }),
    ...(atMost !== undefined && { atMost }),
    ...(above !== undefined && { above }),
    ...(below !== undefined && { below }),
  };
}

/** Whether a value is meant. Nothing (null) and words lie in no range. */
export function holds(condition: Condition, value: OptionValue): boolean {
  if ('oneOf' in condition) return condition.oneOf.includes(value);
  if (typeof value !== 'number') return false;
  const { atLeast = -Infinity, atMost = Infinity, above = -Infinity, below = Infinity } = condition;
  return value >= atLeast && value <= atMost && value > above && value < below;
}

type Values = Readonly<Record<string, OptionValue>>;

/** Whether values meet all conditions. A field that the values lack meets none. */
export const meets = (filter: Filter, values: Values): boolean =>
  Object.entries(filter).every(([field, condition]) => {
    const value = values[field];
    return value !== undefined && holds(condition, value);
  });

/** Whether values meet those conditions that are about their fields. */
export const meetsWhereKnown = (filter: Filter, values: Values): boolean =>
  Object.entries(filter).every(([field, condition]) => {
    const value = values[field];
    return value === undefined || holds(condition, value);
  });
