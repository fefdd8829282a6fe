import { Mt19937 } from '../../src/core/random/mt19937.ts';

/** Choices that a seed decides. */
export class SeededRandom {
  readonly #generator: Mt19937;

  constructor(seed: number) {
    this.#generator = Mt19937.seeded(seed);
  }

  /** A whole number below `n`. */
  below(n: number): number {
    return Math.floor((this.#generator.next() / 2 ** 32) * n);
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(share: number): boolean {
    return this.below(1_000_000) < share * 1_000_000;
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }
}
