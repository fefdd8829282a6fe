import { TorchGenerator } from '../core/random/torchGenerator.ts';

export interface Batch<T> {
  items: T[];
  /** No batch of this epoch follows; gradient accumulation ends here. */
  lastOfEpoch: boolean;
}

/** Plain data; what a checkpoint has to hold besides the generator's state. */
export interface LoaderState<T> {
  /** The epoch's order of items; empty between epochs. */
  order: number[];
  /** How many of them were fetched. */
  fetched: number;
  /** The batch that the loader fetched ahead, its items' draws made. */
  ahead: T[] | null;
}

export interface LoaderOptions<T> {
  itemsPerEpoch: number;
  batchSize: number;
  /** Fetches an item of the data set, with the draws that belong to it. */
  item(index: number): T;
}

/**
 * The batches of a training in the order, and with the random draws, of torch's DataLoader (shuffling, no workers)
 * behind accelerate's, which reads one batch ahead: the draws of the items of batch k + 1 come before the noise of batch
 * k. All draws come from the generator given, the training's one random stream; only the order of an epoch comes from a
 * generator of its own, seeded by it.
 */
export class LoaderStream<T> {
  readonly #options: LoaderOptions<T>;
  readonly #generator: TorchGenerator;
  #order: number[] = [];
  #fetched = 0;
  #ahead: T[] | null = null;

  constructor(options: LoaderOptions<T>, generator: TorchGenerator, state?: LoaderState<T>) {
    this.#options = options;
    this.#generator = generator;
    if (state) {
      this.#order = [...state.order];
      this.#fetched = state.fetched;
      this.#ahead = state.ahead && structuredClone(state.ahead);
    }
  }

  get itemsPerEpoch(): number {
    return this.#options.itemsPerEpoch;
  }

  get batchesPerEpoch(): number {
    return Math.ceil(this.itemsPerEpoch / this.#options.batchSize);
  }

  /** The next batch; fetches the one after it, too, unless the epoch ends. Epochs follow each other without end. */
  next(): Batch<T> {
    const items = this.#ahead ?? this.#startEpoch();
    this.#ahead = this.#fetched < this.#order.length ? this.#fetch() : null;
    return { items, lastOfEpoch: this.#ahead === null };
  }

  getState(): LoaderState<T> {
    const between = this.#ahead === null;
    return {
      order: between ? [] : [...this.#order],
      fetched: between ? 0 : this.#fetched,
      ahead: this.#ahead && structuredClone(this.#ahead),
    };
  }

  #startEpoch(): T[] {
    this.#generator.randomInt64(); // the loader's base seed, for workers that do not exist
    const samplerSeed = this.#generator.randomInt64();
    this.#order = Array.from(new TorchGenerator(samplerSeed).randperm(this.itemsPerEpoch));
    this.#fetched = 0;
    return this.#fetch();
  }

  #fetch(): T[] {
    const indices = this.#order.slice(this.#fetched, this.#fetched + this.#options.batchSize);
    this.#fetched += indices.length;
    return indices.map(index => this.#options.item(index));
  }
}
