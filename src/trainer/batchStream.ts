import { TorchGenerator } from '../core/random/torchGenerator.ts';
import { centerCropOffset } from '../diffusion/images/index.ts';

/** Width and height in pixels after the resize. */
export interface ImageSize {
  width: number;
  height: number;
}

/** A picture by its place in the list, and the corner of the square cut from it. */
export interface CroppedImage {
  image: number;
  top: number;
  left: number;
}

/** One item of the data set: an instance picture and, with prior preservation, a class picture. */
export interface BatchItem {
  instance: CroppedImage;
  class: CroppedImage | null;
}

export interface Batch {
  items: BatchItem[];
  /** No batch of this epoch follows; gradient accumulation ends here. */
  lastOfEpoch: boolean;
}

export interface BatchStreamOptions {
  instanceSizes: readonly ImageSize[];
  /** Empty without prior preservation. */
  classSizes: readonly ImageSize[];
  /** Items (instance pictures) in a batch. */
  batchSize: number;
  /** Side of the square in pixels; no picture is smaller. */
  resolution: number;
  centerCrop: boolean;
}

/** Plain data; what a checkpoint has to hold besides the generator's state. */
export interface BatchStreamState {
  /** The epoch's order of items; empty between epochs. */
  order: number[];
  /** How many of them were fetched. */
  fetched: number;
  /** The batch that the loader fetched ahead, crops drawn. */
  ahead: BatchItem[] | null;
}

/**
 * The batches of a training in the order, and with the random draws, of torch's DataLoader (shuffling, no workers)
 * behind accelerate's, which reads one batch ahead: the crops of batch k + 1 are drawn before the noise of batch k.
 * Item i pairs instance picture i mod n with class picture i mod m. All draws come from the generator given, the
 * training's one random stream; only the order of an epoch comes from a generator of its own, seeded by it.
 */
export class BatchStream {
  readonly #options: BatchStreamOptions;
  readonly #generator: TorchGenerator;
  #order: number[] = [];
  #fetched = 0;
  #ahead: BatchItem[] | null = null;

  constructor(options: BatchStreamOptions, generator: TorchGenerator, state?: BatchStreamState) {
    this.#options = options;
    this.#generator = generator;
    if (state) {
      this.#order = [...state.order];
      this.#fetched = state.fetched;
      this.#ahead = state.ahead && structuredClone(state.ahead);
    }
  }

  /** Items of one epoch: each picture of the longer list once. */
  get itemsPerEpoch(): number {
    return Math.max(this.#options.instanceSizes.length, this.#options.classSizes.length);
  }

  get batchesPerEpoch(): number {
    return Math.ceil(this.itemsPerEpoch / this.#options.batchSize);
  }

  /** The next batch; fetches the one after it, too, unless the epoch ends. Epochs follow each other without end. */
  next(): Batch {
    const items = this.#ahead ?? this.#startEpoch();
    this.#ahead = this.#fetched < this.#order.length ? this.#fetch() : null;
    return { items, lastOfEpoch: this.#ahead === null };
  }

  getState(): BatchStreamState {
    const between = this.#ahead === null;
    return {
      order: between ? [] : [...this.#order],
      fetched: between ? 0 : this.#fetched,
      ahead: this.#ahead && structuredClone(this.#ahead),
    };
  }

  #startEpoch(): BatchItem[] {
    this.#generator.randomInt64(); // the loader's base seed, for workers that do not exist
    const samplerSeed = this.#generator.randomInt64();
    this.#order = Array.from(new TorchGenerator(samplerSeed).randperm(this.itemsPerEpoch));
    this.#fetched = 0;
    return this.#fetch();
  }

  #fetch(): BatchItem[] {
    const indices = this.#order.slice(this.#fetched, this.#fetched + this.#options.batchSize);
    this.#fetched += indices.length;
    return indices.map(index => this.#item(index));
  }

  #item(index: number): BatchItem {
    const { instanceSizes, classSizes } = this.#options;
    const instance = this.#crop(instanceSizes, index % instanceSizes.length);
    const ofClass = classSizes.length > 0 ? this.#crop(classSizes, index % classSizes.length) : null;
    return { instance, class: ofClass };
  }

  /** Corners as torchvision's CenterCrop and RandomCrop choose them; a picture that fits exactly draws nothing. */
  #crop(sizes: readonly ImageSize[], image: number): CroppedImage {
    const { resolution, centerCrop } = this.#options;
    const { height = resolution, width = resolution } = sizes[image] ?? {};
    if (centerCrop) {
      return { image, top: centerCropOffset(height, resolution), left: centerCropOffset(width, resolution) };
    }
    if (height === resolution && width === resolution) return { image, top: 0, left: 0 };
    const [top = 0] = this.#generator.randint(0, height - resolution + 1, 1);
    const [left = 0] = this.#generator.randint(0, width - resolution + 1, 1);
    return { image, top, left };
  }
}
