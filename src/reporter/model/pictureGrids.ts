import type { BaselineCell, Cell, Plan, Trial } from '../../planner/types.ts';
import type { Axis, NamedValues, OptionValue, ResolvedSampler } from '../../sweep/types.ts';
import type { GridCell, GridLine, PictureGrid } from './reportModel.ts';

/** Names of the options that the two directions of a grid run over: one each, or several that move together. */
interface Directions {
  rows: string[];
  columns: string[];
}

/**
 * Lays the cells out in tables: columns by training steps and rows by learning rate, and a table for every combination
 * of the rest. Where one of the two is no axis, another takes its place; columns are always something that training
 * knows, so that the untrained model can stand before the first one.
 */
export function pictureGrids(plan: Plan): PictureGrid[] {
  const { rows, columns } = directions(plan);
  const laid = new Set([...rows, ...columns]);
  const others = plan.axes.map(({ name }) => name).filter(name => !laid.has(name));
  const trials = new Map(plan.trials.map(trial => [trial.id, trial]));
  const base = baselineIndex(plan.baselineCells);

  const drafts = new Map<string, Draft>();
  for (const cell of plan.cells) {
    const trial = trials.get(cell.trial);
    if (!trial) continue;
    const fixed = pick(cell.values, others);
    const id = JSON.stringify([cell.subject, cell.prompt, fixed]);
    let draft = drafts.get(id);
    if (!draft) {
      draft = { subject: cell.subject, prompt: cell.prompt, fixed, entries: new Map() };
      drafts.set(id, draft);
    }
    const row = pick(valuesAt(trial, cell), rows);
    const column = pick(valuesAt(trial, cell), columns);
    const at = JSON.stringify([row, column]);
    const entry = draft.entries.get(at) ?? {
      row,
      column,
      trial,
      values: cell.values,
      sampler: cell.sampler,
      pictures: new Map(),
    };
    entry.pictures.set(cell.seed, cell.pictureKey);
    draft.entries.set(at, entry);
  }

  const order = new Map(plan.axes.map(axis => [axis.name, axis.values]));
  return inFileOrder(plan, [...drafts.values()]).map(draft =>
    toGrid(plan, draft, { rows, columns, base, order }),
  );
}

interface Entry {
  row: NamedValues;
  column: NamedValues;
  trial: Trial;
  values: NamedValues;
  sampler: ResolvedSampler;
  pictures: Map<number, string>;
}

interface Draft {
  subject: string;
  prompt: string;
  fixed: NamedValues;
  entries: Map<string, Entry>;
}

function directions({ axes, sweep }: Plan): Directions {
  const trained = axes.filter(({ block }) => block === 'train');
  const named = (name: string): Axis | undefined => axes.find(axis => axis.name === name);
  const column = named('max_train_steps') ?? trained.find(({ name }) => name !== 'learning_rate') ?? null;
  const columnNames = column === null ? ['max_train_steps'] : together(axes, sweep.zip, column);
  const left = axes.filter(({ name }) => !columnNames.includes(name));
  const row =
    left.find(({ name }) => name === 'learning_rate') ??
    left.find(({ block }) => block === 'train') ??
    left[0];
  const rowNames = row === undefined ? ['learning_rate'] : together(axes, sweep.zip, row);
  return { rows: rowNames.filter(name => !columnNames.includes(name)), columns: columnNames };
}

/** The axis and those that a `zip` of the sweep moves with it. */
function together(axes: readonly Axis[], zip: readonly string[][], axis: Axis): string[] {
  const group = zip.find(fields => fields.includes(axis.field)) ?? [axis.field];
  const others = axes.filter(({ name, field }) => group.includes(field) && name !== axis.name);
  return [axis.name, ...others.map(({ name }) => name)];
}

/** Values of the axes, and of the two options that grids fall back to where they are none. */
const valuesAt = (trial: Trial, cell: Cell): NamedValues => ({
  learning_rate: trial.options.learningRate,
  max_train_steps: trial.maxTrainSteps,
  ...cell.values,
});

const pick = (values: NamedValues, names: readonly string[]): NamedValues =>
  Object.fromEntries(names.filter(name => name in values).map(name => [name, values[name] ?? null]));

/** Subjects and prompts in the order of the file, then cells as planned. */
function inFileOrder({ sweep }: Plan, drafts: readonly Draft[]): Draft[] {
  return sweep.subjects.flatMap(({ name, prompts }) =>
    prompts.flatMap(prompt => drafts.filter(draft => draft.subject === name && draft.prompt === prompt)),
  );
}

function toGrid(
  { sweep }: Plan,
  { subject, prompt, fixed, entries }: Draft,
  { rows, columns, base, order }: Directions & { base: BaselineIndex; order: FileOrder },
): PictureGrid {
  const { seeds } = sweep.sample;
  const found = [...entries.values()];
  const rowLines = lines(
    found.map(({ row }) => row),
    order,
  );
  const columnLines = lines(
    found.map(({ column }) => column),
    order,
  );
  const picturesOf = (bySeed: ReadonlyMap<number, string>): (string | null)[] =>
    seeds.map(seed => bySeed.get(seed) ?? null);
  return {
    subject,
    prompt,
    fixed,
    rowNames: rows,
    columnNames: columns,
    seeds,
    rows: rowLines,
    columns: columnLines,
    cells: rowLines.map(row =>
      columnLines.map(column => {
        const entry = entries.get(JSON.stringify([row.values, column.values]));
        if (!entry) return null;
        const { trial, values, sampler, pictures } = entry;
        return {
          trial: trial.number,
          steps: trial.maxTrainSteps,
          learningRate: trial.options.learningRate,
          values,
          sampler,
          pictures: picturesOf(pictures),
        };
      }),
    ),
    base: rowLines.map(row => {
      const entry = found.find(({ row: of }) => JSON.stringify(of) === JSON.stringify(row.values));
      const untrained = entry && base.get(baselineId(subject, prompt, entry.sampler));
      if (!untrained) return null;
      const cell: GridCell = {
        trial: null,
        steps: 0,
        learningRate: null,
        values: untrained.values,
        sampler: entry.sampler,
        pictures: picturesOf(untrained.pictures),
      };
      return cell;
    }),
  };
}

/** Values of each axis as the file lists them. */
type FileOrder = ReadonlyMap<string, readonly OptionValue[]>;

/** Distinct lines: numbers by size, everything else in the order of the file. */
function lines(values: readonly NamedValues[], order: FileOrder): GridLine[] {
  const distinct = [...new Map(values.map(value => [JSON.stringify(value), value])).values()];
  const compare = (a: NamedValues, b: NamedValues): number => {
    for (const name of Object.keys(a)) {
      const [left, right] = [a[name] ?? null, b[name] ?? null];
      if (left === right) continue;
      if (typeof left === 'number' && typeof right === 'number') return left - right;
      const inFile = order.get(name) ?? [];
      return inFile.indexOf(left) - inFile.indexOf(right);
    }
    return 0;
  };
  return distinct.sort(compare).map(value => ({ values: value }));
}

type BaselineIndex = ReadonlyMap<string, { values: NamedValues; pictures: ReadonlyMap<number, string> }>;

function baselineIndex(cells: readonly BaselineCell[]): BaselineIndex {
  const index = new Map<string, { values: NamedValues; pictures: Map<number, string> }>();
  for (const { subjects, values, prompt, sampler, seed, pictureKey } of cells) {
    for (const subject of subjects) {
      const id = baselineId(subject, prompt, sampler);
      const entry = index.get(id) ?? { values, pictures: new Map<number, string>() };
      entry.pictures.set(seed, pictureKey);
      index.set(id, entry);
    }
  }
  return index;
}

const baselineId = (subject: string, prompt: string, sampler: ResolvedSampler): string =>
  JSON.stringify([subject, prompt, sampler]);
