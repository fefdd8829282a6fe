/** A merge that is possible at a place of a word. */
export interface QueuedMerge {
  rank: number;
  newId: number;
  /** Index of the left symbol. */
  position: number;
}

/** Binary heap: lowest rank first, among equals the leftmost. */
export class MergeQueue {
  readonly #heap: QueuedMerge[] = [];

  push(entry: QueuedMerge): void {
    const heap = this.#heap;
    let hole = heap.length;
    heap.push(entry);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(entry, above)) break;
      heap[hole] = above;
      hole = parent;
    }
    heap[hole] = entry;
  }

  pop(): QueuedMerge | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const moved = heap.pop();
    if (top === undefined || moved === undefined || heap.length === 0) return top;
    let hole = 0;
    for (;;) {
      const child = this.#earlierChild(hole);
      const below = heap[child];
      if (below === undefined || !isBefore(below, moved)) break;
      heap[hole] = below;
      hole = child;
    }
    heap[hole] = moved;
    return top;
  }

  #earlierChild(parent: number): number {
    const left = 2 * parent + 1;
    const a = this.#heap[left];
    const b = this.#heap[left + 1];
    return a !== undefined && b !== undefined && isBefore(b, a) ? left + 1 : left;
  }
}

const isBefore = (a: QueuedMerge, b: QueuedMerge): boolean =>
  a.rank !== b.rank ? a.rank < b.rank : a.position < b.position;
