import type { RgbImage } from './rgbImage.ts';
import { sharp } from './sharp.ts';

/** A JPEG as `image.save(path)` of Pillow writes it by default: quality 75, colour at half resolution, baseline. */
export async function encodeJpeg({ width, height, data }: RgbImage, quality = 75): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: '4:2:0', mozjpeg: false, optimiseCoding: false, progressive: false })
    .toBuffer();
}
