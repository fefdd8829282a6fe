import type { Dim, PageData } from './pageData.ts';

/** Where each dim stands: positions in `PageData.dims`. */
export interface Layout {
  rows: number[];
  columns: number[];
  /** Side by side in one cell. */
  inside: number[];
  /** A table for each combination. */
  pages: number[];
  /** Values that are shown, by dim; a dim that is not here shows all. */
  shown: ReadonlyMap<number, ReadonlySet<number>>;
}

/** A heading of a row or column: the index of its value on each dim of that direction; null: the untrained model. */
export type Line = readonly number[] | null;

export interface Block {
  page: readonly number[];
  rows: Line[];
  columns: Line[];
  /** `[row][column]`: positions in `PageData.cells`, in the order of the dims inside. */
  cells: number[][][];
}

/** Where the first index of a cell's value on a dim stands in an entry of `PageData.cells`. */
export const FIRST_DIM = 4;

/** What people look at first: learning rate down, steps across, seeds in the cell, a table for every other combination. */
export function defaultLayout(dims: readonly Dim[]): Layout {
  const place = (test: (dim: Dim) => boolean): number[] => dims.flatMap((dim, i) => (test(dim) ? [i] : []));
  const columns = place(({ name }) => name === 'max_train_steps');
  const several = place(({ values }) => values.length > 1).filter(i => !columns.includes(i));
  const seeds = place(({ kind }) => kind === 'seed');
  const free = several.filter(i => !seeds.includes(i));
  const row =
    free.find(i => dims[i]?.name === 'learning_rate') ??
    free.find(i => dims[i]?.kind === 'train' && dims[i]?.name !== 'seed') ??
    free.find(i => dims[i]?.kind === 'sample') ??
    free.find(i => dims[i]?.kind === 'prompt');
  const rows = row === undefined ? [] : [row];
  const repeats = free.filter(i => dims[i]?.name === 'seed' && !rows.includes(i));
  return {
    rows,
    columns,
    inside: [...repeats, ...seeds],
    pages: free.filter(i => !rows.includes(i) && !repeats.includes(i)),
    shown: new Map(),
  };
}

/** Lays cells out. The untrained model is the first column where columns are about training, else the first row. */
export function pivot({ dims, cells }: Pick<PageData, 'dims' | 'cells'>, layout: Layout): Block[] {
  const isTrained = (dim: number): boolean => dims[dim]?.kind === 'train';
  const value = (cell: readonly number[], dim: number): number => cell[FIRST_DIM + dim] ?? -1;
  const untrainedAcross = layout.columns.some(isTrained) || !layout.rows.some(isTrained);
  const other = untrainedAcross ? layout.rows : layout.columns;
  // A dim that stands nowhere is shown inside, so that nothing hides behind anything else.
  const placed = new Set([...layout.rows, ...layout.columns, ...layout.pages]);
  const inside = [...layout.inside, ...dims.keys()].filter(
    (dim, i, all) => !placed.has(dim) && all.indexOf(dim) === i,
  );

  const isShown = (cell: readonly number[]): boolean =>
    [...layout.shown].every(([dim, wanted]) => {
      const own = value(cell, dim);
      return own === -1 || wanted.has(own);
    });
  const compare = (order: readonly number[]) => (a: number, b: number) => {
    for (const dim of order) {
      const difference = value(cells[a] ?? [], dim) - value(cells[b] ?? [], dim);
      if (difference !== 0) return difference;
    }
    return a - b;
  };

  const trained = new Map<string, Draft>();
  const untrained: number[] = [];
  for (const [i, cell] of cells.entries()) {
    if (!isShown(cell)) continue;
    if (cell[1] === 0) {
      untrained.push(i);
      continue;
    }
    const page = layout.pages.map(dim => value(cell, dim));
    const draft = draftOf(trained, page);
    put(
      draft,
      layout.rows.map(dim => value(cell, dim)),
      layout.columns.map(dim => value(cell, dim)),
      i,
    );
  }
  for (const i of untrained) {
    const cell = cells[i] ?? [];
    const page = layout.pages.map(dim => value(cell, dim));
    const pages = [...trained.values()].filter(draft => matches(page, draft.page));
    for (const draft of pages.length === 0 && !page.includes(-1) ? [draftOf(trained, page)] : pages) {
      const line = other.map(dim => value(cell, dim));
      const known = [...(untrainedAcross ? draft.rows : draft.columns).values()].filter(own =>
        matches(line, own),
      );
      const lines = known.length > 0 ? known : [line];
      for (const own of lines) {
        if (untrainedAcross) put(draft, own, null, i);
        else put(draft, null, own, i);
      }
    }
  }
  return [...trained.values()]
    .sort((a, b) => compareLines(a.page, b.page))
    .map(draft => {
      const rows = sortedLines(draft.rows);
      const columns = sortedLines(draft.columns);
      return {
        page: draft.page,
        rows,
        columns,
        cells: rows.map(row =>
          columns.map(column => (draft.cells.get(idOf(row, column)) ?? []).sort(compare(inside))),
        ),
      };
    });
}

interface Draft {
  page: number[];
  rows: Map<string, readonly number[]>;
  columns: Map<string, readonly number[]>;
  cells: Map<string, number[]>;
}

const UNTRAINED = 'untrained';
const idOf = (row: Line, column: Line): string => `${row ?? UNTRAINED}|${column ?? UNTRAINED}`;

function draftOf(drafts: Map<string, Draft>, page: number[]): Draft {
  const id = page.join();
  const draft = drafts.get(id) ?? { page, rows: new Map(), columns: new Map(), cells: new Map() };
  drafts.set(id, draft);
  return draft;
}

function put(draft: Draft, row: Line, column: Line, cell: number): void {
  draft.rows.set(row === null ? UNTRAINED : row.join(), row ?? [Number.NaN]);
  draft.columns.set(column === null ? UNTRAINED : column.join(), column ?? [Number.NaN]);
  const id = idOf(row, column);
  const own = draft.cells.get(id);
  if (own) own.push(cell);
  else draft.cells.set(id, [cell]);
}

/** Whether a line of the untrained model (-1 on training dims) goes with a line of trained ones. */
const matches = (line: readonly number[], own: readonly number[]): boolean =>
  line.every((value, i) => value === -1 || value === own[i]);

function compareLines(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) if (value !== b[i]) return value - (b[i] ?? 0);
  return 0;
}

/** The untrained model first. */
const sortedLines = (lines: ReadonlyMap<string, readonly number[]>): Line[] => [
  ...(lines.has(UNTRAINED) ? [null] : []),
  ...[...lines]
    .filter(([id]) => id !== UNTRAINED)
    .map(([, line]) => line)
    .sort(compareLines),
];
