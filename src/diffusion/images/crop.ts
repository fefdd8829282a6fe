import { SweetspotError } from '../../core/errors.ts';
import type { RgbImage } from './rgbImage.ts';

/** Cuts a box out; it must lie inside the picture. */
export function crop(image: RgbImage, left: number, top: number, width: number, height: number): RgbImage {
  const inside =
    [left, top, width, height].every(value => Number.isInteger(value) && value >= 0) &&
    width > 0 &&
    height > 0 &&
    left + width <= image.width &&
    top + height <= image.height;
  if (!inside) {
    throw new SweetspotError('E_IMAGE', 'the crop box is not inside the picture', {
      allowed: `a box within ${image.width} x ${image.height}`,
      got: `${width} x ${height} at (${left}, ${top})`,
    });
  }
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * image.width + left) * 3;
    data.set(image.data.subarray(from, from + width * 3), y * width * 3);
  }
  return { width, height, data };
}

/** Cuts the middle out, where torchvision's `CenterCrop` puts it. */
export function centerCrop(image: RgbImage, width: number, height: number): RgbImage {
  const left = centerCropOffset(image.width, width);
  return crop(image, left, centerCropOffset(image.height, height), width, height);
}

/** Half of what is cut off, rounded half to even (Python's `round`). */
export function centerCropOffset(imageSide: number, cropSide: number): number {
  const half = (imageSide - cropSide) / 2;
  const below = Math.floor(half);
  return half === below || below % 2 === 0 ? below : below + 1;
}

/** Mirrors left and right. */
export function flipHorizontally({ width, height, data }: RgbImage): RgbImage {
  const flipped = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      flipped.set(data.subarray(from, from + 3), (y * width + width - 1 - x) * 3);
    }
  }
  return { width, height, data: flipped };
}
