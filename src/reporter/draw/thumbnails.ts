import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { sha256Hex } from '../../core/hash.ts';

/** Pictures up to this side, in pixels, are kept without loss in their thumbnails; larger ones are scaled down to it. */
const THUMBNAIL_SIDE = 256;

/** Raised when thumbnails are made in another way. */
const RECIPE = 1;

export interface Thumbnail {
  webp: Buffer;
  /** Pixels of the picture that it is of. */
  width: number;
  height: number;
}

/**
 * The thumbnail of a picture. Encoding one takes longer than all else that a report does with a picture, so it is kept
 * in the workspace, by the picture's bytes and what encodes them: every later report takes it from there.
 *
 * @param cache a folder that may be missing; where it cannot be written, thumbnails are made each time
 * @throws where the bytes are no picture
 */
export async function thumbnailOf(picture: Buffer, cache: string): Promise<Thumbnail> {
  const { width, height } = pngSize(picture) ?? (await sharp(picture).metadata());
  const folder = join(cache, `${RECIPE}-webp-${sharp.versions.webp ?? 'unknown'}`);
  const path = join(folder, `${sha256Hex(picture)}.webp`);
  const kept = await readFile(path).catch(() => undefined);
  if (kept && isWhole(kept)) return { webp: kept, width, height };
  const webp = await encode(picture, Math.max(width, height));
  await keep(folder, path, webp).catch(() => undefined);
  return { webp, width, height };
}

const encode = (picture: Buffer, side: number): Promise<Buffer> =>
  (side <= THUMBNAIL_SIDE
    ? // Effort 4, the usual one, takes four times as long for a file that is 7% smaller.
      sharp(picture).webp({ lossless: true, effort: 1 })
    : sharp(picture)
        .resize({ width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE, fit: 'inside' })
        .webp({ quality: 84, effort: 3 })
  ).toBuffer();

async function keep(folder: string, path: string, webp: Buffer): Promise<void> {
  await mkdir(folder, { recursive: true });
  const temporary = `${path}.${randomUUID().slice(0, 8)}`;
  try {
    await writeFile(temporary, webp);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A WebP says how long it is (RIFF: bytes 4 to 7); one that a crash has torn is not so long. */
const isWhole = (webp: Buffer): boolean =>
  webp.length > 12 && webp.toString('latin1', 8, 12) === 'WEBP' && webp.readUInt32LE(4) === webp.length - 8;

/** Width and height of a PNG (its first chunk, from byte 16 on); undefined of anything else. */
function pngSize(bytes: Buffer): { width: number; height: number } | undefined {
  if (bytes.length < 33 || bytes.toString('latin1', 1, 4) !== 'PNG') return undefined;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}
