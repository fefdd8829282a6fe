import { sampleScalars, trainScalars } from './options.ts';
import { suggest } from './suggest.ts';
import { type Path, type Position, parseYaml, type YamlSource } from './yamlSource.ts';

/** One `-S KEY=VALUE`: a place in the sweep file and what stands there instead. */
interface Override {
  path: Path;
  value: unknown;
  /** Where a part of the value stands in the argument. */
  positionOf(rest: Path, part: 'keyAt' | 'valueAt'): Position;
}

/**
 * The file as if it said what the command line says: each argument `KEY=VALUE` replaces, or adds, one value. KEY is a
 * path (`train.learning_rate`, `subjects.cat.instance_prompt`); an option of train or sample goes without its block, too.
 * VALUE is YAML; commas outside brackets and quotes make a list. Later arguments win. What is wrong with an argument
 * becomes a problem of the source that names it, and the same goes for everything found wrong with its value later.
 */
export function withOverrides(source: YamlSource, overrides: readonly string[]): YamlSource {
  const problems = [...source.problems];
  const parsed: Override[] = [];
  let value = source.value;
  for (const text of overrides) {
    const override = parseOverride(text, source.value, problems);
    if (!override) continue;
    const changed = replaced(value, override.path, override.value);
    if (changed === NO_BLOCK) {
      const what = `cannot be set: ${override.path.slice(0, -1).join('.')} is no block in the file`;
      problems.push({ position: override.positionOf([], 'keyAt'), what });
      continue;
    }
    value = changed;
    parsed.unshift(override);
  }

  const lookUp = (path: Path, part: 'keyAt' | 'valueAt'): Position => {
    const found = parsed.find(override => startsWith(path, override.path));
    return found ? found.positionOf(path.slice(found.path.length), part) : source[part](path);
  };
  return {
    value,
    problems,
    has: path => {
      if (parsed.some(override => startsWith(override.path, path))) return true;
      const found = parsed.find(override => startsWith(path, override.path));
      return found ? partAt(value, path) !== undefined : source.has(path);
    },
    valueAt: path => lookUp(path, 'valueAt'),
    keyAt: path => lookUp(path, 'keyAt'),
    lineText: source.lineText,
  };
}

function parseOverride(text: string, file: unknown, problems: YamlSource['problems']): Override | null {
  const argument = `-S ${text}`;
  const complain = (what: string, hint?: string): null => {
    problems.push({ position: { line: 1, column: 1, argument }, what, ...(hint && { hint }) });
    return null;
  };
  const [, key = '', written = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (key.trim() === '') {
    return complain('is no override', 'Write -S KEY=VALUE, for example -S train.learning_rate=1e-6,2e-6');
  }
  const path = pathOf(key.trim(), file);
  if (typeof path === 'string') return complain(path, hintFor(key.trim()));

  // As items between brackets, so that 1e-6,2e-6 is a list and "a, b" a text.
  const inBrackets = parseYaml(`[${written}]`);
  for (const { what, hint } of inBrackets.problems) complain(`is no valid value: ${what}`, hint);
  if (inBrackets.problems.length > 0) return null;
  const items = inBrackets.value as unknown[];
  if (items.length === 0) return complain('has no value', `For empty text write ${key}='""'`);
  const single = items.length === 1;
  return {
    path,
    value: single ? items[0] : items,
    positionOf: (rest, part) => {
      const { column } = inBrackets[part](single ? [0, ...rest] : rest);
      return { line: 1, column: argument.length - written.length + column - 1, argument };
    },
  };
}

/** The path that a key means, or what is wrong with it. */
function pathOf(key: string, file: unknown): Path | string {
  if (key in trainScalars) return ['train', key];
  if (key in sampleScalars || key === 'prompts' || key === 'seeds') return ['sample', key];
  const parts = key.split('.');
  if (parts.includes('')) return 'is no key';
  if (parts[0] !== 'subjects' || parts.length <= 3) {
    return parts.length === 1 && !TOP_LEVEL.includes(key) ? `there is no option ${key}` : parts;
  }
  // Names of subjects may have dots in them; those that the file knows are tried first, the longest before others.
  const names = Object.keys((partAt(file, ['subjects']) as object | undefined) ?? {});
  const rest = parts.slice(1).join('.');
  const name = names.toSorted((a, b) => b.length - a.length).find(known => rest.startsWith(`${known}.`));
  return name === undefined ? parts : ['subjects', name, ...rest.slice(name.length + 1).split('.')];
}

const TOP_LEVEL = [
  'name',
  'model',
  'subjects',
  'preset',
  'train',
  'sample',
  'baseline',
  'zip',
  'exclude',
  'when',
  'include',
  'keep_state',
  'notes',
  'score',
];

function hintFor(key: string): string | undefined {
  const meant = suggest(key, [...TOP_LEVEL, ...Object.keys(trainScalars), ...Object.keys(sampleScalars)]);
  return meant === null ? undefined : `Did you mean ${meant}?`;
}

const startsWith = (path: Path, start: Path): boolean => start.every((part, i) => path[i] === part);

function partAt(value: unknown, path: Path): unknown {
  let part = value;
  for (const key of path) {
    if (typeof part !== 'object' || part === null) return undefined;
    part = (part as Record<string | number, unknown>)[key];
  }
  return part;
}

const NO_BLOCK = Symbol('something on the way is no block');

/** A copy of the value with one part replaced; blocks that are missing on the way are made. */
function replaced(value: unknown, path: Path, part: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return part;
  const isBlock = typeof value === 'object' && !Array.isArray(value);
  if (value !== undefined && !isBlock) return NO_BLOCK;
  const inner = replaced((value as Record<string, unknown> | null | undefined)?.[key], rest, part);
  if (inner === NO_BLOCK) return NO_BLOCK;
  return Object.assign(Object.create(null), value, { [key]: inner });
}
