import { BOUNDS, holds, toFilter } from './conditions.ts';
import type { Diagnostics } from './diagnostics.ts';
import { valuesOf } from './expand.ts';
import { toFields } from './grid.ts';
import type { LooseFile } from './looseFile.ts';
import { snakeCase, trainScalars } from './options.ts';
import type { Grids } from './resolveGrid.ts';
import { resolveZip } from './resolveZip.ts';
import { show } from './schemaIssues.ts';
import { suggest } from './suggest.ts';
import type { Condition, Filter, OptionValue, Rule, When } from './types.ts';
import type { Path, YamlSource } from './yamlSource.ts';

export interface Rules {
  zip: string[][];
  exclude: Filter[];
  when: When[];
  include: Rule[];
}

/** The rules between axes, by field. A rule that could never do anything is a mistake, and reported as one. */
export function resolveRules(
  file: LooseFile,
  grids: Grids,
  subjects: readonly string[],
  source: YamlSource,
  diagnostics: Diagnostics,
): Rules {
  const include = (file.include ?? []).map(block => toFields(block ?? {}));
  const exclude = (file.exclude ?? []).map(block => toFilter(block ?? {}));
  const when = (file.when ?? []).map(rule => ({
    if: toFilter(rule?.if ?? {}),
    only: toFilter(rule?.only ?? {}),
  }));
  const isFaulty = (field: string): boolean => isLeftOut(file, source, snakeCase(field));

  const checkBlock = (path: Path, block: Filter | Rule): void => {
    if (Object.keys(block).length > 0) return;
    diagnostics.add(source.valueAt(path), {
      what: `a block of ${path.filter(part => typeof part === 'string').join('.')} is empty`,
      expected: 'values of options',
    });
  };
  const checkFilter = (path: Path, filter: Filter): void => {
    checkBlock(path, filter);
    for (const [field, condition] of Object.entries(filter)) {
      const place = [...path, snakeCase(field)];
      if (field === 'subject') {
        for (const name of namesIn(condition)) checkSubject(name, place, subjects, source, diagnostics);
        continue;
      }
      if (Object.keys(condition).length === 0) {
        diagnostics.add(source.valueAt(place), {
          what: `${snakeCase(field)} has no condition`,
          expected: `a value, a list of values, or a bound (${BOUNDS.join(', ')})`,
        });
        continue;
      }
      const list = grids.train[field] ?? grids.sample[field];
      // An axis with a fault of its own is down to its default here, which says nothing about the rule; and one that the
      // command line changed may well have lost what the rule is about.
      if (!list || isFaulty(field) || isFromCommandLine(source, snakeCase(field))) continue;
      const known = valuesOf(list, ownLists(grids), include, field);
      const unmet = 'oneOf' in condition ? condition.oneOf.find(value => !known.includes(value)) : undefined;
      if (unmet === undefined && known.some(value => holds(condition, value))) continue;
      const name = snakeCase(field);
      diagnostics.add(source.valueAt(place), {
        what: `${path[0]} matches nothing: ${name} never has ${unmet === undefined ? 'a value within these bounds' : 'this value'}`,
        expected: `one of ${known.slice(0, 12).map(show).join(', ')}`,
        got: unmet === undefined ? undefined : show(unmet),
      });
    }
  };

  for (const [i, rule] of include.entries()) {
    if (file.include?.[i] === null) continue;
    checkBlock(['include', i], rule);
    if (rule.subject !== undefined) {
      checkSubject(rule.subject, ['include', i, 'subject'], subjects, source, diagnostics);
    }
  }
  for (const [i, filter] of exclude.entries()) {
    if (file.exclude?.[i] !== null) checkFilter(['exclude', i], filter);
  }
  for (const [i, rule] of when.entries()) {
    if (file.when?.[i] === null) continue;
    checkFilter(['when', i, 'if'], rule.if);
    checkFilter(['when', i, 'only'], rule.only);
  }
  return {
    zip: resolveZip(file, grids, source, diagnostics),
    exclude: exclude.filter(isRule),
    when: when.filter(rule => isRule(rule.if) && isRule(rule.only)),
    include: include.filter(isRule),
  };
}

const isRule = (rule: object): boolean => Object.keys(rule).length > 0;

const namesIn = (condition: Condition): OptionValue[] => ('oneOf' in condition ? condition.oneOf : []);

const ownLists = ({ subjects }: Grids) => Object.values(subjects).map(train => ({ train }));

function checkSubject(
  name: OptionValue,
  path: Path,
  subjects: readonly string[],
  source: YamlSource,
  diagnostics: Diagnostics,
): void {
  // Where there is none, what is wrong with them has been said.
  if (subjects.length === 0 || subjects.includes(String(name))) return;
  const meant = suggest(String(name), subjects);
  diagnostics.add(source.valueAt(path), {
    what: `there is no subject ${show(name)}`,
    expected: `one of ${subjects.join(', ')}`,
    hint: meant === null ? undefined : `Did you mean ${meant}?`,
  });
}

const blockOf = (name: string): 'train' | 'sample' => (name in trainScalars ? 'train' : 'sample');

function isLeftOut(file: LooseFile, source: YamlSource, name: string): boolean {
  const block = blockOf(name);
  return source.has([block, name]) && !(name in (file[block] ?? {}));
}

const isFromCommandLine = (source: YamlSource, name: string): boolean =>
  source.valueAt([blockOf(name), name]).argument !== undefined;
