import type { TorchGenerator } from '../core/random/torchGenerator.ts';
import { centerCropOffset } from '../diffusion/images/index.ts';
import { type LoaderState, LoaderStream } from './loaderStream.ts';

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

export type BatchStreamState = LoaderState<BatchItem>;

/**
 * The batches of DreamBooth. An epoch shows each picture of the longer list once: item i pairs instance picture i mod n
 * with class picture i mod m. The corners of random crops are an item's draws.
 */
export class BatchStream extends LoaderStream<BatchItem> {
  constructor(options: BatchStreamOptions, generator: TorchGenerator, state?: BatchStreamState) {
    const { instanceSizes, classSizes, batchSize } = options;
    const cut = (sizes: readonly ImageSize[], index: number): CroppedImage =>
      cropCorner(sizes, index % sizes.length, options, generator);
    const item = (index: number): BatchItem => {
      const instance = cut(instanceSizes, index);
      return { instance, class: classSizes.length > 0 ? cut(classSizes, index) : null };
    };
    const itemsPerEpoch = Math.max(instanceSizes.length, classSizes.length);
    super({ itemsPerEpoch, batchSize, item }, generator, state);
  }
}

/** Corners as torchvision's CenterCrop and RandomCrop choose them; a picture that fits exactly draws nothing. */
function cropCorner(
  sizes: readonly ImageSize[],
  image: number,
  { resolution, centerCrop }: BatchStreamOptions,
  generator: TorchGenerator,
): CroppedImage {
  const { height = resolution, width = resolution } = sizes[image] ?? {};
  if (centerCrop) {
    return { image, top: centerCropOffset(height, resolution), left: centerCropOffset(width, resolution) };
  }
  if (height === resolution && width === resolution) return { image, top: 0, left: 0 };
  const [top = 0] = generator.randint(0, height - resolution + 1, 1);
  const [left = 0] = generator.randint(0, width - resolution + 1, 1);
  return { image, top, left };
}
