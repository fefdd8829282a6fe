import type { Diagnostics } from './diagnostics.ts';
import type { LooseFile } from './looseFile.ts';
import { camelCase, sampleScalars, trainScalars } from './options.ts';
import type { Grids } from './resolveGrid.ts';
import { show } from './schemaIssues.ts';
import { suggest } from './suggest.ts';
import type { YamlSource } from './yamlSource.ts';

/** The groups of axes that move together, by field: known options of one block, in one group each, equally long. */
export function resolveZip(
  file: LooseFile,
  grids: Grids,
  source: YamlSource,
  diagnostics: Diagnostics,
): string[][] {
  const known = [...Object.keys(trainScalars), ...Object.keys(sampleScalars)];
  const used = new Set<string>();
  const groups: string[][] = [];
  for (const [i, names] of (file.zip ?? []).entries()) {
    const complain = (j: number | null, what: string, expected?: string, hint?: string): void => {
      diagnostics.add(source.valueAt(j === null ? ['zip', i] : ['zip', i, j]), { what, expected, hint });
    };
    let usable = true;
    for (const [j, name] of names.entries()) {
      if (!known.includes(name)) {
        const meant = suggest(name, known);
        const hint = meant === null ? undefined : `Did you mean ${meant}?`;
        complain(j, `there is no option ${show(name)} to zip`, undefined, hint);
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
    const counts = (lengths: readonly number[]): string =>
      `equally many (${names.map((name, j) => `${name} has ${lengths[j]}`).join(', ')})`;
    const lengths = fields.map(field => (grids.train[field] ?? grids.sample[field] ?? []).length);
    if (inTrain.length !== 0 && inTrain.length !== fields.length) {
      complain(null, 'a zip mixes options of train and sample', 'options of one block');
    } else if (new Set(lengths).size > 1) {
      complain(null, 'zipped options differ in their numbers of values', counts(lengths));
    } else {
      groups.push(fields);
      for (const [subject, own] of Object.entries(grids.subjects)) {
        // A single value of a subject's own takes the option out of the group; lists must keep step with the others.
        const lists = fields.map((field, j) => own[field]?.length ?? lengths[j] ?? 0);
        const moving = lists.filter((length, j) => length > 1 || own[fields[j] ?? '']?.length !== 1);
        if (new Set(moving).size > 1) {
          complain(null, `zipped options differ in their numbers of values for ${subject}`, counts(lists));
        }
      }
    }
  }
  return groups;
}
