import type { Block } from '../shared/pivot.ts';

export type Direction = 'left' | 'right' | 'up' | 'down' | 'next' | 'previous';

interface Place {
  block: number;
  row: number;
  column: number;
  inside: number;
}

/** Where every cell of the shown tables stands, so that arrow keys find their way, past gaps and into the next table. */
export class PlaceMap {
  readonly #blocks: readonly Block[];
  readonly #places = new Map<number, Place>();

  constructor(blocks: readonly Block[]) {
    this.#blocks = blocks;
    for (const [block, { cells }] of blocks.entries()) {
      for (const [row, line] of cells.entries()) {
        for (const [column, own] of line.entries()) {
          // The untrained model's picture may stand in several rows: the first is its place.
          for (const [inside, cell] of own.entries()) {
            if (!this.#places.has(cell)) this.#places.set(cell, { block, row, column, inside });
          }
        }
      }
    }
  }

  has(cell: number): boolean {
    return this.#places.has(cell);
  }

  neighbour(cell: number, direction: Direction): number | null {
    const place = this.#places.get(cell);
    if (!place) return null;
    const { block, row, column, inside } = place;
    const own = this.#at(block, row, column);
    if (direction === 'next' || direction === 'previous') {
      const step = direction === 'next' ? 1 : own.length - 1;
      return own.length < 2 ? null : (own[(inside + step) % own.length] ?? null);
    }
    if (direction === 'left' || direction === 'right') {
      const step = direction === 'right' ? 1 : -1;
      const width = this.#blocks[block]?.columns.length ?? 0;
      for (let c = column + step; c >= 0 && c < width; c += step) {
        const found = this.#pick(this.#at(block, row, c), inside);
        if (found !== null) return found;
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
      const found = this.#pick(this.#at(b, r, column), inside);
      if (found !== null && found !== cell) return found;
    }
  }

  #at(block: number, row: number, column: number): readonly number[] {
    return this.#blocks[block]?.cells[row]?.[column] ?? [];
  }

  #pick(cells: readonly number[], inside: number): number | null {
    return cells[Math.min(inside, cells.length - 1)] ?? null;
  }
}
