import type { ResolvedSampler } from '../stages/sampler.ts';
import { combinations, distinct, matches, type ValueLists } from './grid.ts';
import { camelCase, sampleScalars, trainScalars } from './options.ts';
import type { NamedValues, OptionValue, Rule, Subject, Sweep, TrainingOptions } from './types.ts';

/** One combination of training values for one subject, with the axes' values by their names in the file. */
export interface TrainingPoint {
  subject: Subject;
  options: TrainingOptions;
  values: NamedValues;
}

export interface SamplerPoint {
  sampler: ResolvedSampler;
  values: NamedValues;
}

type Grids = Pick<Sweep, 'subjects' | 'train' | 'sample' | 'axes' | 'zip' | 'exclude' | 'include'>;

const TRAIN_FIELDS = new Set(['subject', ...Object.keys(trainScalars).map(camelCase)]);
const SAMPLE_FIELDS = new Set(Object.keys(sampleScalars).map(camelCase));

/**
 * Every trial that a sweep asks for, each once: the grid of every subject without what `exclude` names, then what
 * `include` adds. An included block takes, for axes that it does not name, all their values.
 */
export function trainingPoints(sweep: Grids): TrainingPoint[] {
  const axes = sweep.axes.filter(axis => axis.block === 'train');
  const grid = combinations({ ...sweep.train }, sweep.zip);
  const rules = sweep.exclude.filter(rule => Object.keys(rule).every(field => TRAIN_FIELDS.has(field)));

  const points: TrainingPoint[] = [];
  for (const subject of sweep.subjects) {
    const seen = new Set<string>();
    const take = (row: Record<string, OptionValue>): void => {
      const id = JSON.stringify(Object.keys(sweep.train).map(field => row[field]));
      if (seen.has(id)) return;
      seen.add(id);
      const values = Object.fromEntries(axes.map(({ name, field }) => [name, row[field] ?? null]));
      // The schema has checked every value of every list against its option.
      points.push({ subject, options: row as unknown as TrainingOptions, values });
    };
    for (const row of grid) {
      if (!rules.some(rule => matches(rule, { ...row, subject: subject.name }))) take(row);
    }
    for (const rule of sweep.include) {
      if (rule.subject === undefined || rule.subject === subject.name)
        includedRows(sweep, rule).forEach(take);
    }
  }
  return points;
}

function includedRows(sweep: Grids, rule: Rule): Record<string, OptionValue>[] {
  const lists: ValueLists = { ...sweep.train };
  for (const [field, value] of Object.entries(rule)) {
    if (field !== 'subject') lists[field] = [value];
  }
  // A pinned axis has left its zip group; the others of the group still move together.
  const zip = sweep.zip.map(group => group.filter(field => !(field in rule)));
  return combinations(lists, zip);
}

/** Every combination of sampler settings, each once. */
export function samplerPoints(sweep: Grids): SamplerPoint[] {
  const axes = sweep.axes.filter(axis => axis.block === 'sample');
  const { seeds: _, ...lists } = sweep.sample;
  return combinations(lists, sweep.zip).map(row => ({
    sampler: row as unknown as ResolvedSampler,
    values: Object.fromEntries(axes.map(({ name, field }) => [name, row[field] ?? null])),
  }));
}

/**
 * Whether an `exclude` block that names sampler settings takes out the pictures of this trial (null: of the untrained
 * model, which a block that names training options never meets) with this sampler.
 */
export function cellExcluded(
  sweep: Grids,
  subject: string,
  options: TrainingOptions | null,
  sampler: ResolvedSampler,
): boolean {
  return sweep.exclude.some(
    rule =>
      Object.keys(rule).some(field => SAMPLE_FIELDS.has(field)) &&
      matches(rule, { ...options, ...sampler, subject }),
  );
}

/** All values that an axis takes, in the order of the file, those of `include` last. */
export const valuesOf = (
  list: readonly OptionValue[],
  include: readonly Rule[],
  field: string,
): OptionValue[] =>
  distinct([...list, ...include.flatMap(rule => (field in rule ? [rule[field] ?? null] : []))]);
