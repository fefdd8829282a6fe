import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCode } from '../core/files.ts';
import { isCaption } from '../stages/captions.ts';
import {
  contentHint,
  describeContent,
  isLeftBehind,
  pictureFormat,
  SIGNATURE_BYTES,
} from '../stages/imageSignature.ts';
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
 * The pictures of a subject's folder. Hidden files and what file managers leave are skipped; everything else must be a picture, for training takes
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
  if (typeof names === 'string') {
    const hint = names === 'ENOENT' ? ((await otherCase(dir, shown)) ?? pathHint(shown)) : undefined;
    return { paths: [], problems: [unreadable(names, shown, hint)] };
  }

  const visible = names
    .filter(name => !isLeftBehind(name) && !captions.some(extension => isCaption(name, extension)))
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

/** Some file systems take Cat for cat, and others do not. */
async function otherCase(dir: string, shown: string): Promise<string | null> {
  const name = basename(dir);
  const beside = await readdir(dirname(dir)).catch(() => []);
  const other = beside.find(candidate => candidate.toLowerCase() === name.toLowerCase());
  return other === undefined ? null : `There is ${join(dirname(shown), other)}: capitals count`;
}

function unreadable(code: string, shown: string, hint: string | undefined): Problem {
  if (code === 'ENOENT') return { what: `there is no folder ${shown}`, hint };
  if (code === 'ENOTDIR') return { what: `${shown} is a file`, expected: 'a folder of pictures' };
  return { what: `cannot read the folder ${shown}`, got: code };
}

function notAPicture(name: string, shown: string, found: string): Problem {
  const hint =
    contentHint(found) ??
    (name.endsWith('.txt')
      ? 'If it is the caption of a picture, give caption_extension: txt under train'
      : 'Move it elsewhere');
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
      const { buffer, bytesRead } = await file.read(Buffer.alloc(SIGNATURE_BYTES), 0, SIGNATURE_BYTES, 0);
      const start = buffer.subarray(0, bytesRead);
      return pictureFormat(start) === null ? describeContent(start) : 'picture';
    } finally {
      await file.close();
    }
  } catch (error) {
    return systemCode(error) === 'EACCES' ? 'a file we may not read' : 'an unreadable file';
  }
}
