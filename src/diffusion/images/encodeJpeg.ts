import type { RgbImage } from './rgbImage.ts';
import { sharp } from './sharp.ts';

/** JFIF 1.1 without a density, which libvips leaves out and Pillow writes. */
const JFIF = Buffer.from('ffe000104a46494600010100000100010000', 'hex');
const START_OF_IMAGE = 2;

/**
 * A JPEG as `image.save(path)` of Pillow writes it by default, byte by byte: quality 75, colour at half resolution,
 * baseline, the standard Huffman tables.
 */
export async function encodeJpeg({ width, height, data }: RgbImage, quality = 75): Promise<Buffer> {
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: '4:2:0', mozjpeg: false, optimiseCoding: false, progressive: false })
    .toBuffer();
  return Buffer.concat([jpeg.subarray(0, START_OF_IMAGE), JFIF, jpeg.subarray(START_OF_IMAGE)]);
}
