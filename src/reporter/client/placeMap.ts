import type { Block } from '../shared/pivot.ts';

export type Direction = 'left' | 'right' | 'up' | 'down' | 'next' | 'previous';

export interface Place {
  block: number;
  row: number;
  column: number;
  inside: number;
}

/** Where every cell of the shown tables stands, so that arrow keys find their way, past gaps and into the next table. */
export class PlaceMap {
  readonly #blocks: readonly Block[];
  readonly #places = new Map<number, Place>();
  /** Where the reader is: the untrained model's picture stands in several rows. */
  #here: Place | null = null;

  constructor(blocks: readonly Block[]) {
    this.#blocks = blocks;
    for (const [block, { cells }] of blocks.entries()) {
      for (const [row, line] of cells.entries()) {
        for (const [column, own] of line.entries()) {
          for (const [inside, cell] of own.entries()) {
            if (!this.#places.has(cell)) this.#places.set(cell, { block, row, column, inside });
          }
        }
      }
    }
  }

  /** Tells where the reader is, as {@link placeOf} writes it. */
  enter(place: string): void {
    const [block = 0, row = 0, column = 0, inside = 0] = place.split('-').map(Number);
    this.#here = { block, row, column, inside };
  }

  /** The place of a cell: where the reader is, if it stands there, else the first. */
  placeOf(cell: number): string | null {
    const place = this.#find(cell);
    return place && placeId(place);
  }

  /** The next cell in a direction, without going there. */
  neighbour(cell: number, direction: Direction): number | null {
    return this.#next(cell, direction)?.cell ?? null;
  }

  /** Goes to the next cell in a direction. */
  move(cell: number, direction: Direction): number | null {
    const next = this.#next(cell, direction);
    if (!next) return null;
    this.#here = next.place;
    return next.cell;
  }

  #find(cell: number): Place | null {
    const here = this.#here;
    if (here && this.#at(here.block, here.row, here.column)[here.inside] === cell) return here;
    return this.#places.get(cell) ?? null;
  }

  #next(cell: number, direction: Direction): { cell: number; place: Place } | null {
    const place = this.#find(cell);
    if (!place) return null;
    const { block, row, column, inside } = place;
    const own = this.#at(block, row, column);
    const pick = (b: number, r: number, c: number, i = inside): { cell: number; place: Place } | null => {
      const cells = this.#at(b, r, c);
      const at = Math.min(i, cells.length - 1);
      const found = cells[at];
      return found === undefined ? null : { cell: found, place: { block: b, row: r, column: c, inside: at } };
    };
    if (direction === 'next' || direction === 'previous') {
      const step = direction === 'next' ? 1 : own.length - 1;
      return own.length < 2 ? null : pick(block, row, column, (inside + step) % own.length);
    }
    if (direction === 'left' || direction === 'right') {
      const step = direction === 'right' ? 1 : -1;
      const width = this.#blocks[block]?.columns.length ?? 0;
      for (let c = column + step; c >= 0 && c < width; c += step) {
        const found = pick(block, row, c);
        if (found) return found;
      }
      return null;
    }
    const step = direction === 'down' ? 1 : -1;
    for (let b = block, r = row + step; ; r += step) {
      const height = this.#blocks[b]?.rows.length ?? 0;
      if (r < 0 || r >= height) {
        b += step;
        const next = this.#blocks[b];
        if (!next) return null;
        r = step > 0 ? 0 : next.rows.length - 1;
      }
      const found = pick(b, r, column);
      if (found) return found;
    }
  }

  #at(block: number, row: number, column: number): readonly number[] {
    return this.#blocks[block]?.cells[row]?.[column] ?? [];
  }
}

/** For an attribute of the picture's button. */
export const placeId = ({ block, row, column, inside }: Place): string =>
  `${block}-${row}-${column}-${inside}`;
