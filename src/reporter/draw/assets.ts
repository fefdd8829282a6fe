import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { writeFileAtomic } from '../../core/files.ts';
import type { ReportModel } from '../model/reportModel.ts';

/** Pictures up to this side, in pixels, go into the page as they are; larger ones lie beside it. */
const INLINE_SIDE = 256;

/** Side of the pictures in table rows, in pixels: twice what they are shown at, for sharp screens. */
const SMALL_SIDE = 96;

/** Photos are only there to compare with: this many pixels are enough even in the light box. */
const PHOTO_SIDE = 384;

export interface Asset {
  /** For an `img`: a data URI. */
  src: string;
  /** A data URI for table rows. */
  small: string;
  /** Pixels of the original. */
  width: number;
  height: number;
  /** Address of the original, relative to the page, where `src` is only a thumbnail. */
  original: string | null;
}

export interface Assets {
  /** By stage key; what could not be read is not there. */
  pictures: ReadonlyMap<string, Asset>;
  /** By path; what could not be read is not there. */
  photos: ReadonlyMap<string, Asset>;
}

/** Makes everything in pixels that the page shows; writes the originals of large pictures to `images/` beside it. */
export async function makeAssets(model: ReportModel, pageDir: string): Promise<Assets> {
  sharp.cache(false);
  const pictures = new Map<string, Asset>();
  for (const [key, { path }] of Object.entries(model.pictures)) {
    const asset = path === null ? undefined : await pictureAsset(path, key, pageDir);
    if (asset) pictures.set(key, asset);
  }
  const photos = new Map<string, Asset>();
  for (const path of model.subjects.flatMap(subject => subject.photos)) {
    const asset = photos.has(path) ? undefined : await photoAsset(path);
    if (asset) photos.set(path, asset);
  }
  return { pictures, photos };
}

async function pictureAsset(path: string, key: string, pageDir: string): Promise<Asset | undefined> {
  try {
    const bytes = await readFile(path);
    const { width, height } = await sharp(bytes).metadata();
    const small = await thumbnail(bytes, SMALL_SIDE);
    if (width <= INLINE_SIDE && height <= INLINE_SIDE) {
      return { src: dataUri('image/png', bytes), small, width, height, original: null };
    }
    const original = `images/${key}.png`;
    await writeFileAtomic(join(pageDir, original), bytes);
    return { src: await thumbnail(bytes, INLINE_SIDE), small, width, height, original };
  } catch (error) {
    return unreadable(error);
  }
}

async function photoAsset(path: string): Promise<Asset | undefined> {
  try {
    const bytes = await readFile(path);
    const { autoOrient } = await sharp(bytes).metadata();
    return {
      src: await thumbnail(bytes, PHOTO_SIDE),
      small: await thumbnail(bytes, SMALL_SIDE),
      ...autoOrient,
      original: null,
    };
  } catch (error) {
    return unreadable(error);
  }
}

/** A file that is gone or no picture leaves a gap in the page; that the page cannot be written is an error. */
function unreadable(error: unknown): undefined {
  if (error instanceof Error && error.name === 'SweetspotError') throw error;
  return undefined;
}

/** Turned upright, inside a square of `side` pixels, never enlarged. */
const thumbnail = async (bytes: Buffer, side: number): Promise<string> =>
  dataUri(
    'image/webp',
    await sharp(bytes)
      .autoOrient()
      .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 86, effort: 4 })
      .toBuffer(),
  );

const dataUri = (type: string, bytes: Buffer): string => `data:${type};base64,${bytes.toString('base64')}`;
