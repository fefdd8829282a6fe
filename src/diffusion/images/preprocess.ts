import type { ResizeFilter } from './resizeFilters.ts';
import { resizePil } from './resizePil.ts';
import { shorterSideSize } from './resizeShorterSide.ts';
import type { RgbImage } from './rgbImage.ts';

/** Red, green and blue. */
export type Channels = readonly [number, number, number];

/** How a picture becomes what a vision model takes. */
export interface ImageNormalization {
  /** Null: the picture is not resized. `shortest`: of the shorter side; else width and height. */
  resize: { shortest: number } | { width: number; height: number } | null;
  filter: ResizeFilter;
  /** Null: nothing is cut off. */
  crop: { width: number; height: number } | null;
  /** Multiplied with the pixel's 0..255. */
  scale: number;
  mean: Channels;
  std: Channels;
}

/**
 * Pixels as a vision model takes them: resized, the middle cut out, scaled and normalised, as transformers' image
 * processors do on Pillow's pictures.
 *
 * @returns `[height, width, 3]` of the crop (or of the resized picture, where nothing is cut)
 */
export function preprocess(image: RgbImage, normalization: ImageNormalization): Float32Array {
  const { resize, filter, crop, scale, mean, std } = normalization;
  const [width, height] =
    resize === null
      ? [image.width, image.height]
      : 'shortest' in resize
        ? shorterSideSize(image.width, image.height, resize.shortest)
        : [resize.width, resize.height];
  const resized = resizePil(image, width, height, filter);
  const window = crop ?? resized;
  // Where the picture is smaller than the crop there is black around it.
  const left = Math.floor((resized.width - window.width) / 2);
  const top = Math.floor((resized.height - window.height) / 2);
  const values = new Float32Array(window.width * window.height * 3);
  let at = 0;
  for (let y = 0; y < window.height; y++) {
    for (let x = 0; x < window.width; x++) {
      const from = pixelIndex(resized, left + x, top + y);
      for (let c = 0; c < 3; c++) {
        const value = Math.fround((from < 0 ? 0 : (resized.data[from + c] ?? 0)) * scale);
        values[at] = (value - (mean[c] ?? 0)) / (std[c] ?? 1);
        at += 1;
      }
    }
  }
  return values;
}

/** -1 outside of the picture. */
function pixelIndex({ width, height }: RgbImage, x: number, y: number): number {
  return x < 0 || y < 0 || x >= width || y >= height ? -1 : (y * width + x) * 3;
}
