import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { writeError } from '../../core/files.ts';
import type { ReportModel } from '../model/reportModel.ts';
import { type Thumbnail, thumbnailOf } from './thumbnails.ts';

/** Photos are only there to compare with: this many pixels are enough even in the light box. */
const PHOTO_SIDE = 384;

/** Thumbnails go into the page as long as they take no more than this, in bytes; else they lie beside it. */
const INLINE_BYTES = 6_000_000;

/** Pictures that are worked on at a time. */
const BESIDE = 8;

export interface Asset {
  /** Address of the thumbnail: a data URI, or relative to the page. */
  src: string;
  /** Pixels of the original. */
  width: number;
  height: number;
  /** Address of the original, relative to the page; null for photos. */
  original: string | null;
}

export interface Assets {
  /** Whether the thumbnails are in the page. */
  inline: boolean;
  /** Position in the page's data, by stage key. */
  positions: ReadonlyMap<string, number>;
  /** By stage key; what could not be read is not there. */
  pictures: ReadonlyMap<string, Asset>;
  /** By path; what could not be read is not there. */
  photos: ReadonlyMap<string, Asset>;
}

/** The name of a picture's files, without ending: enough of its key to be unique, and the same in every report. */
export const pictureName = (key: string): string => key.replace(/[^0-9a-z]/gi, '').slice(0, 20);

/** Makes everything in pixels that the page shows; puts originals, and thumbnails where they are many, into `images/`. */
export async function makeAssets(
  model: ReportModel,
  { pageDir, cache }: { pageDir: string; cache: string },
): Promise<Assets> {
  sharp.cache(false);
  const keys = Object.keys(model.pictures).filter(key => model.pictures[key]?.path);
  const made = await inTurns(keys, key =>
    pictureAsset(model.pictures[key]?.path ?? '', key, { pageDir, cache }),
  );
  const found = made.flatMap(asset => asset ?? []);
  const inline = found.reduce((sum, { webp }) => sum + webp.length, 0) <= INLINE_BYTES;
  if (!inline) {
    await inTurns(found, ({ key, webp }) =>
      writeIfNew(join(pageDir, 'images', 'thumbs', `${pictureName(key)}.webp`), webp),
    );
  }
  const pictures = new Map(
    found.map(({ key, webp, width, height }) => [
      key,
      {
        src: inline ? dataUri(webp) : `images/thumbs/${pictureName(key)}.webp`,
        width,
        height,
        original: `images/${pictureName(key)}.png`,
      },
    ]),
  );
  const photos = new Map<string, Asset>();
  for (const path of model.subjects.flatMap(subject => subject.photos)) {
    const asset = photos.has(path) ? undefined : await photoAsset(path);
    if (asset) photos.set(path, asset);
  }
  const positions = new Map(Object.keys(model.pictures).map((key, position) => [key, position]));
  return { inline, positions, pictures, photos };
}

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += BESIDE) {
    results.push(...(await Promise.all(items.slice(start, start + BESIDE).map(work))));
  }
  return results;
}

interface PictureAsset extends Thumbnail {
  key: string;
}

async function pictureAsset(
  path: string,
  key: string,
  { pageDir, cache }: { pageDir: string; cache: string },
): Promise<PictureAsset | undefined> {
  try {
    const bytes = await readFile(path);
    const thumbnail = await thumbnailOf(bytes, cache);
    await copyIfNew(path, bytes.length, join(pageDir, 'images', `${pictureName(key)}.png`));
    return { key, ...thumbnail };
  } catch (error) {
    return unreadable(error);
  }
}

/** A stage's picture never changes: one that is there already, as long as it should be, stays. */
const copyIfNew = (from: string, size: number, to: string): Promise<void> =>
  putIfNew(to, size, () => copyFile(from, to));

const writeIfNew = (path: string, bytes: Buffer): Promise<void> =>
  putIfNew(path, bytes.length, () => writeFile(path, bytes));

async function putIfNew(path: string, size: number, put: () => Promise<void>): Promise<void> {
  if ((await sizeOf(path)) === size) return;
  try {
    await mkdir(dirname(path), { recursive: true });
    await put();
  } catch (error) {
    throw writeError(error, path);
  }
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => -1,
  );

async function photoAsset(path: string): Promise<Asset | undefined> {
  try {
    const bytes = await readFile(path);
    const { autoOrient } = await sharp(bytes).metadata();
    const thumbnail = await sharp(bytes)
      .autoOrient()
      .resize({ width: PHOTO_SIDE, height: PHOTO_SIDE, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 86, effort: 4 })
      .toBuffer();
    return { src: dataUri(thumbnail), ...autoOrient, original: null };
  } catch (error) {
    return unreadable(error);
  }
}

/** A file that is gone or no picture leaves a gap in the page; that the page cannot be written is an error. */
function unreadable(error: unknown): undefined {
  if (error instanceof Error && error.name === 'SweetspotError') throw error;
  return undefined;
}

const dataUri = (webp: Buffer): string => `data:image/webp;base64,${webp.toString('base64')}`;
