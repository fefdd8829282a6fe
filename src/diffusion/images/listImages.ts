import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SweetspotError } from '../../core/errors.ts';
import { readError } from '../../core/files.ts';
import { captionPath, isCaption } from '../../stages/captions.ts';
import {
  contentHint,
  describeContent,
  isLeftBehind,
  PICTURE_FORMATS,
  pictureFormat,
  SIGNATURE_BYTES,
} from '../../stages/imageSignature.ts';

export interface ImageListing {
  /** Full paths, sorted by the bytes of the names. */
  paths: string[];
  /** Names of hidden files, of what file managers leave behind, of captions without a picture: for a note to the user. */
  skipped: string[];
}

export interface ListOptions {
  /** Files that end so are no pictures but the captions of those beside them; without a dot. */
  captionExtension?: string | null;
}

/**
 * Every picture of a folder, in an order that does not depend on the file system. train_dreambooth.py opens every entry
 * of the folder; what is no picture by its first bytes is refused here by name, instead of in the middle of a training.
 *
 * @throws E_MISSING when the folder is not there, E_IMAGE when it is empty or holds something that is no picture
 */
export async function listImages(
  dir: string,
  { captionExtension = null }: ListOptions = {},
): Promise<ImageListing> {
  const names = await readdir(dir).catch(error => {
    throw readError(error, dir);
  });
  names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const ofCaption = (name: string): boolean => captionExtension !== null && isCaption(name, captionExtension);
  const kept = names.filter(name => !isLeftBehind(name) && !ofCaption(name));
  const captioned = new Set(kept.map(name => captionPath(name, captionExtension ?? '')));
  const skipped = names.filter(name => isLeftBehind(name) || (ofCaption(name) && !captioned.has(name)));
  for (const name of kept) await checkEntry(dir, name);
  if (kept.length === 0) {
    throw new SweetspotError('E_IMAGE', 'there are no pictures in this folder', {
      place: dir,
      allowed: `at least ${PICTURE_FORMATS}`,
      got: skipped.length === 0 ? 'an empty folder' : `only ${skipped.join(', ')}`,
      hint: 'Put the pictures directly into it, not into a folder inside',
    });
  }
  return { paths: kept.map(name => join(dir, name)), skipped };
}

async function checkEntry(dir: string, name: string): Promise<void> {
  const path = join(dir, name);
  const found = await describeEntry(path).catch(error => {
    throw readError(error, path);
  });
  if (found === null) return;
  throw new SweetspotError('E_IMAGE', `${JSON.stringify(name)} is no picture`, {
    place: dir,
    allowed: PICTURE_FORMATS,
    got: found,
    hint:
      contentHint(found) ??
      (name.endsWith('.txt')
        ? 'If it is the caption of a picture, give caption_extension txt; otherwise move it elsewhere'
        : 'Every entry of the folder is used; move what is no picture elsewhere'),
  });
}

/** What an entry is instead of a picture; null for a picture. */
async function describeEntry(path: string): Promise<string | null> {
  const entry = await stat(path);
  if (entry.isDirectory()) return 'a folder';
  if (!entry.isFile()) return 'neither a file nor a folder';
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SIGNATURE_BYTES), 0, SIGNATURE_BYTES, 0);
    const start = buffer.subarray(0, bytesRead);
    return pictureFormat(start) === null ? describeContent(start) : null;
  } finally {
    await file.close();
  }
}
