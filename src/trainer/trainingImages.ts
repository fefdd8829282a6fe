import { SweetspotError } from '../core/errors.ts';
import { sha256File } from '../core/hash.ts';
import {
  crop,
  type RgbImage,
  readImage,
  resizeShorterSide,
  toTensorValues,
} from '../diffusion/images/index.ts';
import type { CroppedImage, ImageSize } from './batchStream.ts';
import { ByteLru } from './byteLru.ts';

/** Resized pictures kept in memory; what does not fit is read again. */
const PIXEL_CACHE_BYTES = 256 * 2 ** 20;

/**
 * A list of photos as the script sees them: turned by EXIF, RGB, the shorter side resized to the resolution with PIL's
 * bilinear filter. All of them are read once at the start, so that a file that is no picture is refused before training.
 */
export class TrainingImages {
  /** After the resize. */
  readonly sizes: readonly ImageSize[];
  /** SHA-256 of the files. */
  readonly digests: readonly string[];
  readonly #paths: readonly string[];
  readonly #resolution: number;
  readonly #pixels: ByteLru<RgbImage>;

  private constructor(
    paths: readonly string[],
    resolution: number,
    pixels: ByteLru<RgbImage>,
    read: readonly { size: ImageSize; digest: string }[],
  ) {
    this.#paths = paths;
    this.#resolution = resolution;
    this.#pixels = pixels;
    this.sizes = read.map(({ size }) => size);
    this.digests = read.map(({ digest }) => digest);
  }

  /**
   * @param resolution side of the square in pixels
   * @throws E_IMAGE or E_MISSING for the first file that is no picture or is not there
   */
  static async open(paths: readonly string[], resolution: number): Promise<TrainingImages> {
    const pixels = new ByteLru<RgbImage>(PIXEL_CACHE_BYTES, image => image.data.byteLength);
    const read: { size: ImageSize; digest: string }[] = [];
    for (const path of paths) {
      const { width, height } = await pixels.getOrMake(path, () => readResized(path, resolution));
      read.push({ size: { width, height }, digest: await sha256File(path) });
    }
    return new TrainingImages(paths, resolution, pixels, read);
  }

  get count(): number {
    return this.#paths.length;
  }

  /** The square cut from a picture, [resolution, resolution, 3] values in [-1, 1]. */
  async square({ image, top, left }: CroppedImage): Promise<Float32Array> {
    const path = this.#paths[image];
    if (path === undefined) throw new SweetspotError('E_INTERNAL', 'no such picture', { got: `${image}` });
    const whole = await this.#pixels.getOrMake(path, () => readResized(path, this.#resolution));
    const side = this.#resolution;
    return toTensorValues(crop(whole, left, top, side, side));
  }
}

async function readResized(path: string, resolution: number): Promise<RgbImage> {
  return resizeShorterSide(await readImage(path), resolution, 'bilinear', path);
}
