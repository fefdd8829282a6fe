import type { ResolvedSampler } from '../stages/sampler.ts';
import { meets, meetsWhereKnown } from './conditions.ts';
import { combinations, distinct, type ValueLists } from './grid.ts';
import { camelCase, sampleScalars, trainScalars } from './options.ts';
import type {
  Filter,
  NamedValues,
  OptionValue,
  Rule,
  Subject,
  Sweep,
  TrainingOptions,
  When,
} from './types.ts';

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

type Grids = Pick<
  Sweep,
  'subjects' | 'train' | 'sample' | 'axes' | 'zip' | 'exclude' | 'when' | 'include' | 'selection'
>;

const TRAIN_FIELDS = new Set(['subject', ...Object.keys(trainScalars).map(camelCase)]);
const SAMPLE_FIELDS = new Set(Object.keys(sampleScalars).map(camelCase));

const isOfTraining = (filter: Filter): boolean => Object.keys(filter).every(field => TRAIN_FIELDS.has(field));
const isOfSampling = (filter: Filter): boolean => Object.keys(filter).some(field => SAMPLE_FIELDS.has(field));

type Row = Record<string, OptionValue>;

/**
 * Every trial that a sweep asks for, each once: the grid of every subject without what `exclude` and `when` take out,
 * then what `include` adds; of all that, what the command line chose. An included block takes, for axes that it does
 * not name, all their values.
 */
export function trainingPoints(sweep: Grids): TrainingPoint[] {
  const axes = sweep.axes.filter(axis => axis.block === 'train');
  const exclude = sweep.exclude.filter(isOfTraining);
  const when = sweep.when.filter(rule => isOfTraining(rule.if) && isOfTraining(rule.only));
  const { only } = sweep.selection;
  const unselected = sweep.selection.exclude.filter(isOfTraining);

  const points: TrainingPoint[] = [];
  for (const subject of sweep.subjects) {
    const seen = new Set<string>();
    const take = (row: Row): void => {
      const named = { ...row, subject: subject.name };
      if (only.length > 0 && !only.some(filter => meetsWhereKnown(filter, named))) return;
      if (unselected.some(filter => meets(filter, named))) return;
      const id = JSON.stringify(Object.keys(sweep.train).map(field => row[field]));
      if (seen.has(id)) return;
      seen.add(id);
      const values = Object.fromEntries(axes.map(({ name, field }) => [name, row[field] ?? null]));
      // The schema has checked every value of every list against its option.
      points.push({ subject, options: row as unknown as TrainingOptions, values });
    };
    for (const row of gridOf(sweep, subject, {})) {
      const named = { ...row, subject: subject.name };
      const out = exclude.some(rule => meets(rule, named)) || when.some(rule => breaks(rule, named));
      if (!out) take(row);
    }
    for (const rule of sweep.include) {
      if (rule.subject === undefined || rule.subject === subject.name)
        gridOf(sweep, subject, rule).forEach(take);
    }
  }
  return points;
}

/** All combinations for a subject, with the values that a rule pins. */
function gridOf(sweep: Grids, subject: Subject, rule: Rule): Row[] {
  const lists: ValueLists = { ...sweep.train, ...subject.train };
  const pinned = new Set(Object.keys(subject.train).filter(field => subject.train[field]?.length === 1));
  for (const [field, value] of Object.entries(rule)) {
    if (field === 'subject') continue;
    lists[field] = [value];
    pinned.add(field);
  }
  // A pinned axis has left its zip group; the others of the group still move together.
  const zip = sweep.zip.map(group => group.filter(field => !pinned.has(field)));
  return combinations(lists, zip);
}

const breaks = (rule: When, values: Row): boolean => meets(rule.if, values) && !meets(rule.only, values);

/** Every combination of sampler settings that the command line leaves, each once. */
export function samplerPoints(sweep: Grids): SamplerPoint[] {
  const axes = sweep.axes.filter(axis => axis.block === 'sample');
  const { seeds: _, ...lists } = sweep.sample;
  const { only, exclude } = sweep.selection;
  const unselected = exclude.filter(filter => Object.keys(filter).every(field => SAMPLE_FIELDS.has(field)));
  return combinations(lists, sweep.zip)
    .filter(row => only.length === 0 || only.some(filter => meetsWhereKnown(filter, row)))
    .filter(row => !unselected.some(filter => meets(filter, row)))
    .map(row => ({
      sampler: row as unknown as ResolvedSampler,
      values: Object.fromEntries(axes.map(({ name, field }) => [name, row[field] ?? null])),
    }));
}

/** Whether the pictures of a trial with a sampler are left out; see {@link cellExclusion}. */
export type CellExclusion = (
  subject: string,
  options: TrainingOptions | null,
  sampler: ResolvedSampler,
) => boolean;

/**
 * The rules that take out pictures, not trials: those that name sampler settings. `options` null stands for the
 * untrained model, which a rule that names training options never meets; what the command line chose of the training
 * does not bear on it.
 */
export function cellExclusion(sweep: Grids): CellExclusion {
  const exclude = [...sweep.exclude, ...sweep.selection.exclude].filter(isOfSampling);
  const when = sweep.when.filter(rule => isOfSampling(rule.if) || isOfSampling(rule.only));
  const { only } = sweep.selection;
  if (exclude.length + when.length + only.length === 0) return () => false;
  return (subject, options, sampler) => {
    const values: Row = { ...options, ...sampler, subject };
    return (
      exclude.some(rule => meets(rule, values)) ||
      when.some(rule => meetsEvenUntrained(rule, values)) ||
      (only.length > 0 && !only.some(filter => meetsWhereKnown(filter, values)))
    );
  };
}

/** A rule about a field that the untrained model lacks says nothing about it. */
const meetsEvenUntrained = (rule: When, values: Row): boolean =>
  meets(rule.if, values) && !meetsWhereKnown(rule.only, values);

/** All values that an axis takes for any subject, in the order of the file, those of `include` last. */
export const valuesOf = (
  list: readonly OptionValue[],
  subjects: readonly Pick<Subject, 'train'>[],
  include: readonly Rule[],
  field: string,
): OptionValue[] =>
  distinct([
    ...list,
    ...subjects.flatMap(({ train }) => train[field] ?? []),
    ...include.flatMap(rule => (field in rule ? [rule[field] ?? null] : [])),
  ]);
