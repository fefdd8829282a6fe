import { readFile } from 'node:fs/promises';
import type { Metadata, SharpOptions } from 'sharp';
import { SweetspotError } from '../../core/errors.ts';
import { readError } from '../../core/files.ts';
import { describeContent, PICTURE_FORMATS, pictureFormat } from '../../stages/imageSignature.ts';
import { cmykToRgb } from './cmykToRgb.ts';
import { gifTransparentColour } from './gifTransparentColour.ts';
import { checkSize, MAX_PIXELS, type RgbImage } from './rgbImage.ts';
import { sharp } from './sharp.ts';
import { tiffTags } from './tiffTags.ts';

// As Pillow decodes: no colour profile applied, no tolerance for files that end too early, the first frame only.
const OPTIONS: SharpOptions = {
  ignoreIcc: true,
  autoOrient: true,
  failOn: 'error',
  limitInputPixels: MAX_PIXELS,
  limitInputChannels: 5,
};

/**
 * Reads a picture as `ImageOps.exif_transpose(Image.open(path)).convert('RGB')` of Pillow gives it: turned by its EXIF
 * orientation, alpha dropped (not blended), palettes and CMYK resolved, first frame of an animation, values untouched
 * by colour profiles. Bit-equal for JPEG, PNG, WebP, TIFF and GIF; AVIF differs by a few levels (another decoder).
 * 16-bit colour keeps its upper byte. Of 16-bit gray Pillow keeps the lower byte and clips what is above 255 to white:
 * such a picture is read as long as nothing would be clipped, and refused otherwise.
 *
 * @throws E_MISSING when there is no such file, E_IMAGE when it is no picture, is damaged, or has too many pixels
 */
export async function readImage(path: string): Promise<RgbImage> {
  const bytes = await readFile(path).catch(error => {
    throw readError(error, path);
  });
  if (pictureFormat(bytes) === null) {
    throw problem(path, 'not a picture', {
      allowed: PICTURE_FORMATS,
      got: describeContent(bytes.subarray(0, 16)),
      hint: 'Convert it to PNG or JPEG, or take it out of the folder',
    });
  }
  const metadata = await readMetadata(bytes, path);
  checkTiff(bytes, path);
  try {
    return await decode(bytes, metadata, path);
  } catch (cause) {
    if (cause instanceof SweetspotError) throw cause;
    throw damaged(path, bytes, cause);
  }
}

async function readMetadata(bytes: Buffer, path: string): Promise<Metadata> {
  const metadata = await sharp(bytes, { ...OPTIONS, limitInputPixels: false })
    .metadata()
    .catch(cause => {
      throw damaged(path, bytes, cause);
    });
  checkSize(metadata.width, metadata.height, path);
  const deep = metadata.depth === 'ushort' && metadata.space !== 'cmyk';
  if (metadata.depth !== 'uchar' && !deep) {
    throw problem(path, 'unsupported kind of pixel', {
      allowed: '8 bits a channel, or 16 of red, green, blue',
      got: `${metadata.depth} ${metadata.space}`,
    });
  }
  return metadata;
}

/** TIFF 6.0: photometric interpretation 6 is YCbCr, compression 7 is JPEG, whose decoder turns it into RGB. */
function checkTiff(bytes: Buffer, path: string): void {
  const tags = tiffTags(bytes);
  if (tags.get(262) !== 6 || tags.get(259) === 7) return;
  throw problem(path, 'unsupported kind of pixel', {
    allowed: 'RGB, gray, palette or CMYK, or YCbCr compressed as JPEG',
    got: 'a TIFF of YCbCr values without JPEG compression',
    hint: 'Convert it to PNG or JPEG',
  });
}

async function decode(bytes: Buffer, metadata: Metadata, path: string): Promise<RgbImage> {
  if (metadata.space === 'grey16' && metadata.channels === 1) return decodeGray16(bytes, path);
  if (metadata.space === 'cmyk') {
    const { data, info } = await sharp(bytes, OPTIONS)
      .pipelineColourspace('cmyk')
      .toColourspace('cmyk')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: cmykToRgb(data, info.channels) };
  }
  const image = sharp(bytes, OPTIONS).toColourspace('srgb');
  const hidden = metadata.format === 'gif' && metadata.hasAlpha ? gifTransparentColour(bytes) : null;
  if (hidden === null) {
    const { data, info } = await image.removeAlpha().raw().toBuffer({ resolveWithObject: true });
    return toRgb(data, info.width, info.height, info.channels);
  }
  const { data, info } = await image.ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 0) data.set(hidden, i);
  return toRgb(data, info.width, info.height, info.channels);
}

async function decodeGray16(bytes: Buffer, path: string): Promise<RgbImage> {
  const { data, info } = await sharp(bytes, OPTIONS)
    .toColourspace('grey16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  const values = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  const largest = values.reduce((max, value) => Math.max(max, value), 0);
  if (largest > 255) {
    throw problem(path, '16-bit gray is not supported', {
      allowed: 'gray values up to 255',
      got: String(largest),
      hint: 'Convert it to 8 bits a channel; train_dreambooth.py would clip it to white',
    });
  }
  return toRgb(values, info.width, info.height, 1);
}

/** Drops or repeats channels: 1 or 2 of gray, 3 or 4 of colour. */
function toRgb(pixels: Uint8Array | Uint16Array, width: number, height: number, channels: number): RgbImage {
  if (channels === 3) return { width, height, data: new Uint8Array(pixels) };
  const data = new Uint8Array(width * height * 3);
  const colours = channels < 3 ? 1 : 3;
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) data[3 * i + c] = pixels[channels * i + (c % colours)] ?? 0;
  }
  return { width, height, data };
}

const damaged = (path: string, bytes: Buffer, cause: unknown): SweetspotError =>
  problem(path, 'the picture is damaged', {
    got: `a ${pictureFormat(bytes)} file that ends too early or is broken (${reasonOf(cause)})`,
    hint: 'Copy it again, or take it out of the folder',
    cause,
  });

const reasonOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split('\n')[0] ?? '';

const problem = (
  place: string,
  what: string,
  details: { allowed?: string; got?: string; hint?: string; cause?: unknown } = {},
): SweetspotError => new SweetspotError('E_IMAGE', what, { place, ...details });
