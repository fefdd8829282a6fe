import type * as z from 'zod';
import { holds } from './conditions.ts';
import type { Diagnostics } from './diagnostics.ts';
import { valuesOf } from './expand.ts';
import { camelCase, sampleScalars, trainScalars } from './options.ts';
import { show } from './schemaIssues.ts';
import { suggest } from './suggest.ts';
import type { Condition, Filter, OptionValue, Selection, Sweep } from './types.ts';
import { type Position, parseYaml } from './yamlSource.ts';

/** Arguments of `--only` and `--exclude`, as given. */
export interface SelectionArguments {
  only: readonly string[];
  exclude: readonly string[];
}

const SCALARS: Record<string, z.ZodType> = { ...trainScalars, ...sampleScalars };

/**
 * Reads what the command line chose. An argument is `name=value` pairs with commas between them, all of which must hold;
 * a further value without a name belongs to the name before it (`learning_rate=1e-6,2e-6,subject=cat`), and numbers
 * compare, too (`learning_rate<=2e-6`). A choice that no trial or picture could meet is a mistake, and reported as one.
 */
export function readSelection(
  { only, exclude }: SelectionArguments,
  sweep: Pick<Sweep, 'subjects' | 'train' | 'sample' | 'include'>,
  diagnostics: Diagnostics,
): Selection {
  const read = (option: string, texts: readonly string[]): Filter[] =>
    texts
      .map(text => readFilter(`${option} ${text}`, text, sweep, diagnostics))
      .filter(filter => filter !== null);
  return { only: read('--only', only), exclude: read('--exclude', exclude) };
}

function readFilter(
  argument: string,
  text: string,
  sweep: Pick<Sweep, 'subjects' | 'train' | 'sample' | 'include'>,
  diagnostics: Diagnostics,
): Filter | null {
  const position: Position = { line: 1, column: 1, argument };
  const complain = (what: string, expected?: string, hint?: string): null => {
    diagnostics.add(position, { what, expected, hint });
    return null;
  };
  const filter: Filter = {};
  let last: string | null = null;
  // Commas inside quotes are part of a value.
  for (const part of text.match(/(?:"[^"]*"|'[^']*'|[^,])+/g) ?? []) {
    const [, name, sign, rest] = /^\s*([\w-]+)\s*(<=|>=|=|<|>)(.*)$/s.exec(part) ?? [];
    const field: string | null = name === undefined ? last : camelCase(name.replaceAll('-', '_'));
    if (field === null) return complain('is no choice', 'NAME=VALUE, for example learning_rate=1e-5');
    last = field;
    const scalar = field === 'subject' ? null : SCALARS[(name ?? '').replaceAll('-', '_')];
    if (name !== undefined && scalar === undefined) {
      const meant = suggest(name, ['subject', ...Object.keys(SCALARS)]);
      return complain(`there is no option ${name}`, undefined, meant ? `Did you mean ${meant}?` : undefined);
    }
    const known = knownValues(field, sweep);
    const value = plainValue(rest ?? part, field);
    const condition = toCondition(sign ?? '=', value, filter[field]);
    if (typeof condition === 'string') return complain(condition);
    filter[field] = condition;
    const possible =
      sign === undefined || sign === '=' ? known.includes(value) : known.some(v => holds(condition, v));
    // Where none is known, what is wrong with them has been said.
    if (possible || known.length === 0) continue;
    const expected = `one of ${known.slice(0, 12).map(show).join(', ')}`;
    return complain(`${name ?? part.trim()} matches nothing`, expected);
  }
  return Object.keys(filter).length > 0 ? filter : complain('is empty', 'NAME=VALUE');
}

/** The names of subjects are texts, whatever they look like. */
function plainValue(text: string, field: string): OptionValue {
  const plain = text.trim();
  if (field === 'subject') return plain.replace(/^(["'])(.*)\1$/s, '$2');
  const { value, problems } = parseYaml(plain);
  return problems.length > 0 || (typeof value === 'object' && value !== null)
    ? plain
    : (value as OptionValue);
}

/** The condition before with one more value or bound, or what is wrong with that. */
function toCondition(sign: string, value: OptionValue, before: Condition | undefined): Condition | string {
  const isList = before !== undefined && 'oneOf' in before;
  if (before !== undefined && isList !== (sign === '=')) return 'has both values and bounds for one name';
  if (sign === '=') return { oneOf: [...(isList ? before.oneOf : []), value] };
  if (typeof value !== 'number') return `${sign} wants a number`;
  const bounds = before !== undefined && !isList ? before : {};
  if (sign === '<=') return { ...bounds, atMost: value };
  if (sign === '>=') return { ...bounds, atLeast: value };
  return sign === '<' ? { ...bounds, below: value } : { ...bounds, above: value };
}

function knownValues(
  field: string,
  { subjects, train, sample, include }: Pick<Sweep, 'subjects' | 'train' | 'sample' | 'include'>,
): OptionValue[] {
  if (field === 'subject') return subjects.map(({ name }) => name);
  const lists: Record<string, OptionValue[]> = { ...train, ...sample };
  return valuesOf(lists[field] ?? [], subjects, include, field);
}
