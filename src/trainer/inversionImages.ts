import { SweetspotError } from '../core/errors.ts';
import { sha256File } from '../core/hash.ts';
import { crop, flipHorizontally, type RgbImage, readImage, resizePil } from '../diffusion/images/index.ts';
import { ByteLru } from './byteLru.ts';
import type { SquareImages } from './latents.ts';

/** A photo by its place in the list, and whether it is mirrored. */
export interface FlippedImage {
  image: number;
  flipped: boolean;
}

/** Resized pictures kept in memory; what does not fit is read again. */
const PIXEL_CACHE_BYTES = 256 * 2 ** 20;

/** A byte as the script has it: divided in double precision, rounded once. */
const VALUE_OF_BYTE = Float32Array.from({ length: 256 }, (_, byte) => byte / 127.5 - 1);

/**
 * A list of photos as textual_inversion.py sees them: the middle square where `center_crop` asks for it, then resized to
 * a square, whatever their shape, with PIL's bicubic filter. Unlike there they are turned as EXIF says, so that the word
 * learns the subject upright. All of them are read once at the start: a file that is no picture is refused then.
 */
export class InversionImages implements SquareImages<FlippedImage> {
  /** SHA-256 of the files. */
  readonly digests: readonly string[];
  readonly #paths: readonly string[];
  readonly #options: { resolution: number; centerCrop: boolean };
  readonly #pixels: ByteLru<RgbImage>;

  private constructor(
    paths: readonly string[],
    digests: readonly string[],
    options: { resolution: number; centerCrop: boolean },
    pixels: ByteLru<RgbImage>,
  ) {
    this.#paths = paths;
    this.digests = digests;
    this.#options = options;
    this.#pixels = pixels;
  }

  /** @throws E_IMAGE or E_MISSING for the first file that is no picture or is not there */
  static async open(
    paths: readonly string[],
    options: { resolution: number; centerCrop: boolean },
  ): Promise<InversionImages> {
    const pixels = new ByteLru<RgbImage>(PIXEL_CACHE_BYTES, image => image.data.byteLength);
    const digests: string[] = [];
    for (const path of paths) {
      await pixels.getOrMake(path, () => readSquare(path, options));
      digests.push(await sha256File(path));
    }
    return new InversionImages(paths, digests, options, pixels);
  }

  async square({ image, flipped }: FlippedImage): Promise<Float32Array> {
    const path = this.#paths[image];
    if (path === undefined) throw new SweetspotError('E_INTERNAL', 'no such picture', { got: `${image}` });
    const pixels = await this.#pixels.getOrMake(path, () => readSquare(path, this.#options));
    const { data } = flipped ? flipHorizontally(pixels) : pixels;
    return Float32Array.from(data, byte => VALUE_OF_BYTE[byte] ?? 0);
  }
}

async function readSquare(
  path: string,
  { resolution, centerCrop }: { resolution: number; centerCrop: boolean },
): Promise<RgbImage> {
  const photo = await readImage(path);
  return resizePil(centerCrop ? middleSquare(photo) : photo, resolution, resolution, 'bicubic');
}

function middleSquare(photo: RgbImage): RgbImage {
  const { width, height } = photo;
  const side = Math.min(width, height);
  return crop(photo, Math.floor((width - side) / 2), Math.floor((height - side) / 2), side, side);
}
