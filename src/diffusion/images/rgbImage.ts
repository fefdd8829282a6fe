import { SweetspotError } from '../../core/errors.ts';

/** An 8-bit picture: `data` is `[height, width, 3]`, red green blue. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Most pixels a picture may have: where Pillow, too, refuses to decode one as a decompression bomb. */
export const MAX_PIXELS = 178_956_970;

/** A black picture. */
export function blankImage(width: number, height: number): RgbImage {
  checkSize(width, height);
  return { width, height, data: new Uint8Array(width * height * 3) };
}

/** @throws E_IMAGE unless both sides are whole numbers of at least 1 and the picture is no larger than allowed */
export function checkSize(width: number, height: number, place?: string): void {
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  if (whole && width * height <= MAX_PIXELS) return;
  throw new SweetspotError(
    'E_IMAGE',
    whole ? 'the picture has too many pixels' : 'a picture cannot have this size',
    {
      ...(place === undefined ? {} : { place }),
      allowed: `at least 1 x 1 and at most ${MAX_PIXELS.toLocaleString('en')} pixels`,
      got: `${width} x ${height}`,
      ...(whole ? { hint: 'Make it smaller first' } : {}),
    },
  );
}
