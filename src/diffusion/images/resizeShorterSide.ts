import type { ResizeFilter } from './resizeFilters.ts';
import { resizePil } from './resizePil.ts';
import { checkSize, type RgbImage } from './rgbImage.ts';

/**
 * Makes the shorter side `size` pixels long and keeps the aspect ratio, the longer side rounded down: torchvision's
 * `Resize(size)` on a Pillow picture.
 *
 * @param place the file, for the error message
 * @throws E_IMAGE when a very narrow picture would become too large
 */
export function resizeShorterSide(
  image: RgbImage,
  size: number,
  filter: ResizeFilter = 'bilinear',
  place?: string,
): RgbImage {
  const [width, height] = shorterSideSize(image.width, image.height, size);
  checkSize(width, height, place);
  return resizePil(image, width, height, filter);
}

/** Width and height after {@link resizeShorterSide}. */
export function shorterSideSize(
  width: number,
  height: number,
  size: number,
): [width: number, height: number] {
  return width <= height
    ? [size, Math.trunc((size * height) / width)]
    : [Math.trunc((size * width) / height), size];
}
