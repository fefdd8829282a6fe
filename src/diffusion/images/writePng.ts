import { writeFileAtomic } from '../../core/files.ts';
import type { RgbImage } from './rgbImage.ts';
import { sharp } from './sharp.ts';

/** Writes a picture, whole or not at all. The same pixels give the same bytes: no time, no profile, fixed compression. */
export async function writePng(path: string, image: RgbImage): Promise<void> {
  await writeFileAtomic(path, await encodePng(image));
}

export async function encodePng({ width, height, data }: RgbImage): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 6, adaptiveFiltering: false, palette: false })
    .toBuffer();
}
