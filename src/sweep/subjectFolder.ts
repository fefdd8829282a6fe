import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../core/files.ts';
import { isCaption } from '../stages/captions.ts';
import type { Problem } from './diagnostics.ts';
import { pathHint } from './pathHint.ts';

export interface FolderOfPictures {
  /** Absolute, sorted by the bytes of their names. */
  paths: string[];
  problems: Problem[];
}

/** Enough to see what a folder's trouble is. */
const MAX_NAMED = 5;

/**
 * The pictures of a subject's folder. Hidden files are skipped; everything else must be a picture, for training takes
 * every file (as train_dreambooth.py does). What a file is, is read from its first bytes, not from its name.
 *
 * @param captions endings of files that are captions, and no pictures
 */
export async function listPictures(
  dir: string,
  shown: string,
  captions: readonly string[] = [],
): Promise<FolderOfPictures> {
  const names = await readdir(dir).catch((error: unknown) => systemCode(error) ?? 'unknown');
  if (typeof names === 'string') return { paths: [], problems: [unreadable(names, shown)] };

  const visible = names
    .filter(name => !name.startsWith('.') && !captions.some(extension => isCaption(name, extension)))
    .toSorted((a, b) => compareBytes(a, b));
  if (visible.length === 0) {
    return {
      paths: [],
      problems: [{ what: `the folder ${shown} is empty`, expected: 'at least one picture' }],
    };
  }
  const paths: string[] = [];
  const problems: Problem[] = [];
  for (const name of visible) {
    const path = join(dir, name);
    const found = await whatIs(path);
    if (found === 'picture') paths.push(path);
    else problems.push(notAPicture(name, shown, found));
  }
  const more = problems.length - MAX_NAMED;
  if (more > 0) {
    problems.splice(MAX_NAMED, more, { what: `${more} more files in ${shown} are no pictures` });
  }
  return { paths, problems };
}

const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

function unreadable(code: string, shown: string): Problem {
  if (code === 'ENOENT') {
    return { what: `there is no folder ${shown}`, hint: pathHint(shown) };
  }
  if (code === 'ENOTDIR') return { what: `${shown} is a file`, expected: 'a folder of pictures' };
  return { what: `cannot read the folder ${shown}`, got: code };
}

function notAPicture(name: string, shown: string, found: string): Problem {
  const hint =
    found === 'a HEIC picture'
      ? 'Convert it to JPEG or PNG'
      : name.endsWith('.txt')
        ? 'If it is the caption of a picture, give caption_extension: txt under train'
        : 'Move it elsewhere';
  return {
    what: `${name} in ${shown} is no picture`,
    expected: 'PNG, JPEG, WebP, GIF, TIFF or AVIF',
    got: found,
    hint,
  };
}

async function whatIs(path: string): Promise<string> {
  try {
    if ((await stat(path)).isDirectory()) return 'a folder';
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
      return bytesRead === 0 ? 'an empty file' : kindOf(buffer.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  } catch (error) {
    return systemCode(error) === 'EACCES' ? 'a file we may not read' : 'an unreadable file';
  }
}

/** File signatures; ISO base media files (AVIF, HEIC) carry their brand at byte 8. */
function kindOf(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  if (text.startsWith('\x89PNG') || text.startsWith('\xff\xd8\xff') || text.startsWith('GIF8'))
    return 'picture';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'picture';
  if (text.startsWith('II*\0') || text.startsWith('MM\0*')) return 'picture';
  if (text.slice(4, 8) === 'ftyp') return /^avi[fs]/.test(text.slice(8, 12)) ? 'picture' : 'a HEIC picture';
  return 'something else';
}
