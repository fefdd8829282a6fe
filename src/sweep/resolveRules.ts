import type { Diagnostics } from './diagnostics.ts';
import { valuesOf } from './expand.ts';
import { toFields } from './grid.ts';
import type { LooseFile } from './looseFile.ts';
import { camelCase, sampleScalars, snakeCase, trainScalars } from './options.ts';
import type { Grids } from './resolveGrid.ts';
import { show } from './schemaIssues.ts';
import { suggest } from './suggest.ts';
import type { OptionValue, Rule } from './types.ts';
import type { YamlSource } from './yamlSource.ts';

export interface Rules {
  zip: string[][];
  exclude: Rule[];
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
  const exclude = (file.exclude ?? []).map(block => toFields(block ?? {}));

  const checkBlocks = (key: 'include' | 'exclude', rules: readonly Rule[]): void => {
    for (const [i, rule] of rules.entries()) {
      if (file[key]?.[i] === null) continue;
      if (Object.keys(rule).length === 0) {
        diagnostics.add(source.valueAt([key, i]), {
          what: `a block of ${key} is empty`,
          expected: 'values of options',
        });
      }
      if (rule.subject !== undefined && !subjects.includes(String(rule.subject))) {
        const meant = suggest(String(rule.subject), subjects);
        diagnostics.add(source.valueAt([key, i, 'subject']), {
          what: `there is no subject ${show(rule.subject)}`,
          expected: `one of ${subjects.join(', ')}`,
          hint: meant === null ? undefined : `Did you mean ${meant}?`,
        });
      }
    }
  };
  checkBlocks('include', include);
  checkBlocks('exclude', exclude);

  for (const [i, rule] of exclude.entries()) {
    for (const [field, value] of Object.entries(rule)) {
      const list = grids.train[field] ?? grids.sample[field];
      // An axis with a fault of its own is down to its default here, which says nothing about the rule.
      if (!list || isFaulty(file, source, snakeCase(field))) continue;
      const known = valuesOf(list, include, field);
      if (known.includes(value)) continue;
      diagnostics.add(source.valueAt(['exclude', i, snakeCase(field)]), {
        what: `exclude matches nothing: ${snakeCase(field)} never has this value`,
        expected: `one of ${known.slice(0, 12).map(show).join(', ')}`,
        got: show(value),
      });
    }
  }
  return {
    zip: resolveZip(file, grids, source, diagnostics),
    exclude: exclude.filter(isRule),
    include: include.filter(isRule),
  };
}

function isFaulty(file: LooseFile, source: YamlSource, name: string): boolean {
  const block = name in trainScalars ? 'train' : 'sample';
  return source.has([block, name]) && !(name in (file[block] ?? {}));
}

const isRule = (rule: Record<string, OptionValue>): boolean => Object.keys(rule).length > 0;

function resolveZip(file: LooseFile, grids: Grids, source: YamlSource, diagnostics: Diagnostics): string[][] {
  const used = new Set<string>();
  const groups: string[][] = [];
  for (const [i, names] of (file.zip ?? []).entries()) {
    const complain = (j: number | null, what: string, expected?: string, hint?: string): void => {
      diagnostics.add(source.valueAt(j === null ? ['zip', i] : ['zip', i, j]), { what, expected, hint });
    };
    const known = [...Object.keys(trainScalars), ...Object.keys(sampleScalars)];
    let usable = true;
    for (const [j, name] of names.entries()) {
      if (!known.includes(name)) {
        const meant = suggest(name, known);
        complain(
          j,
          `there is no option ${show(name)} to zip`,
          undefined,
          meant ? `Did you mean ${meant}?` : undefined,
        );
      } else if (used.has(name)) complain(j, `${name} is zipped twice`);
      else {
        used.add(name);
        continue;
      }
      usable = false;
    }
    if (!usable) continue;
    const fields = names.map(camelCase);
    const inTrain = fields.filter(field => field in grids.train);
    const lengths = fields.map(field => (grids.train[field] ?? grids.sample[field] ?? []).length);
    if (inTrain.length !== 0 && inTrain.length !== fields.length) {
      complain(null, 'a zip mixes options of train and sample', 'options of one block');
    } else if (new Set(lengths).size > 1) {
      const counts = names.map((name, j) => `${name} has ${lengths[j]}`).join(', ');
      complain(null, 'zipped options differ in their numbers of values', `equally many (${counts})`);
    } else groups.push(fields);
  }
  return groups;
}
