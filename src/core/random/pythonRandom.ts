import { SweetspotError } from '../errors.ts';
import { isMt19937State, Mt19937, type Mt19937State } from './mt19937.ts';

/** Python's `random` module after `random.seed(seed)`: the same choices in the same order. */
export class PythonRandom {
  readonly #bits: Mt19937;

  /** @param seed a whole number from 0 to 2^32 - 1 */
  constructor(seed: number | Mt19937State) {
    this.#bits = typeof seed === 'object' ? Mt19937.fromState(seed) : Mt19937.seededByArray([seed]);
  }

  /** Fails with E_CHECKPOINT when `state` was not made by {@link getState}. */
  static fromState(state: Mt19937State): PythonRandom {
    if (isMt19937State(state)) return new PythonRandom(state);
    throw new SweetspotError('E_CHECKPOINT', "the state of Python's random generator is damaged");
  }

  getState(): Mt19937State {
    return this.#bits.getState();
  }

  /** The index that `random.choice` of a sequence of `length` takes: as many bits as it needs, drawn until they fit. */
  choice(length: number): number {
    const spare = Math.clz32(length);
    for (;;) {
      const index = this.#bits.next() >>> spare;
      if (index < length) return index;
    }
  }
}
