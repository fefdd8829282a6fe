import { Mt19937 } from './mt19937.ts';

/** Choices from a seed, for data that only has to be the same every time; noise that torch knows comes from TorchGenerator. */
export class Dice {
  readonly #bits: Mt19937;

  /** @param seed only its low 32 bits count */
  constructor(seed: number) {
    this.#bits = Mt19937.seeded(seed);
  }

  /** In [0, 1). */
  next(): number {
    return this.#bits.next() / 2 ** 32;
  }

  /** In [low, high). */
  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** A whole number in [low, high). */
  whole(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of the list, which must not be empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.whole(0, list.length)] as T;
  }

  /** One of the list, each as likely as its weight says. */
  weighted<T extends { weight: number }>(list: readonly T[]): T {
    let left = this.next() * list.reduce((sum, { weight }) => sum + weight, 0);
    for (const item of list) {
      left -= item.weight;
      if (left < 0) return item;
    }
    return list.at(-1) as T;
  }
}
