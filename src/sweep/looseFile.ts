import type * as z from 'zod';
import type { ScoreName } from '../stages/scores.ts';
import type { ConditionNotation } from './conditions.ts';
import type { SweepFile } from './schema.ts';
import type { OptionValue } from './types.ts';

/** The file's notation of an axis: a value, a list, or a range. */
export type AxisNotation =
  | OptionValue
  | OptionValue[]
  | { log: [number, number]; count: number }
  | { from: number; to: number; by: number };

/** `score:` as a block. */
export interface ScoreNotation {
  metrics?: ScoreName[];
  scorer?: string;
  dino?: string;
  other_prompts?: string | string[];
}

export type ConditionsBlock = Record<string, ConditionNotation>;

type LooseSubject = Omit<Partial<SweepFile['subjects'][string]>, 'train'> & {
  train?: Record<string, AxisNotation>;
};

/** A sweep file in which everything that is there is of its right type, but anything may be missing. */
export interface LooseFile {
  name?: string;
  model?: string;
  subjects?: Record<string, LooseSubject>;
  preset?: string;
  train?: Record<string, AxisNotation>;
  sample?: Record<string, AxisNotation>;
  score?: ScoreName[] | ScoreNotation;
  baseline?: boolean;
  zip?: string[][];
  /** Null where a block was faulty, so that the others keep their places. */
  exclude?: (ConditionsBlock | null)[];
  when?: ({ if: ConditionsBlock; only: ConditionsBlock } | null)[];
  include?: (Record<string, OptionValue> | null)[];
  keep_state?: 'last' | 'all' | 'none';
  notes?: string;
}

/**
 * Takes out what the schema complained about, so that the rest can still be checked and a user sees everything that is
 * wrong at once. The value itself is left alone.
 */
export function withoutFaults(value: unknown, issues: readonly z.core.$ZodIssue[]): LooseFile {
  if (!isBlock(value)) return {};
  const copy = clone(value) as Record<string, unknown>;
  for (const issue of issues) {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [null];
    for (const key of keys) remove(copy, faultyPart(key === null ? issue.path : [...issue.path, key]));
  }
  return copy as LooseFile;
}

/** The smallest part of the file that can be left out: an option, a block of a list, a subject's key. */
function faultyPart(path: readonly PropertyKey[]): PropertyKey[] {
  const depth: Record<string, number> = { train: 2, sample: 2, subjects: 3, exclude: 2, when: 2, include: 2 };
  const ofSubject = path[0] === 'subjects' && path[2] === 'train';
  return path.slice(0, ofSubject ? 4 : (depth[String(path[0])] ?? 1));
}

function remove(root: Record<string, unknown>, path: readonly PropertyKey[]): void {
  let parent: unknown = root;
  for (const key of path.slice(0, -1)) {
    if (typeof parent !== 'object' || parent === null) return;
    parent = (parent as Record<PropertyKey, unknown>)[key];
  }
  const last = path.at(-1);
  if (last === undefined) return;
  if (Array.isArray(parent)) parent[Number(last)] = null;
  else if (isBlock(parent)) delete (parent as Record<PropertyKey, unknown>)[last];
}

const isBlock = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function clone(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clone);
  if (!isBlock(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clone(item)]));
}
