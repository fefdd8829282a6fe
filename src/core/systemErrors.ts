/** The system's errors turned into one line that says what to do. */
import { SweetspotError } from './errors.ts';

const WRITE_FAILURES: Record<string, [what: string, hint: string]> = {
  ENOSPC: ['cannot write: the disk is full', 'Free some space and run the same command again'],
  EDQUOT: ['cannot write: the disk quota is used up', 'Free some space and run the same command again'],
  EROFS: ['cannot write: the file system is read-only', 'Choose a folder on a disk that can be written'],
  ENOENT: ['cannot write: the system makes no files or folders here', 'Choose another path'],
  EACCES: ['cannot write: permission denied', 'Choose a folder you own, or change its permissions'],
  EPERM: ['cannot write: operation not permitted', 'Choose a folder you own, or change its permissions'],
  ENOTDIR: ['cannot write: a part of the path is a file', 'Choose another path'],
  EEXIST: ['cannot write: a part of the path is a file', 'Choose another path'],
  EISDIR: ['cannot write: there is a folder of that name', 'Choose another path'],
  ENAMETOOLONG: ['cannot write: the name is too long', 'Choose a shorter path'],
};

/** The E_WRITE error of a failed system call; other errors (a SweetspotError, a bug) pass through unchanged. */
export function writeError(error: unknown, path: string): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  const [what, hint] = WRITE_FAILURES[code] ?? [
    `cannot write: ${code}`,
    'See the system message with --verbose',
  ];
  return new SweetspotError('E_WRITE', what, { place: path, hint, cause: error });
}

/** Of a disk or a folder that cannot be written, whatever was tried there. */
const UNWRITABLE = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM']);

/** The E_WRITE error of a failed call on a file below `folder` that says that it cannot be written; others pass unchanged. */
export function unwritable(error: unknown, folder: string): unknown {
  if (!UNWRITABLE.has(systemCode(error) ?? '')) return error;
  const { path } = error as NodeJS.ErrnoException;
  return path?.startsWith(folder) ? writeError(error, path) : error;
}

const READ_FAILURES: Record<string, string> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'no such file or folder',
  EACCES: 'cannot read: permission denied',
  EPERM: 'cannot read: operation not permitted',
  EISDIR: 'is a folder, not a file',
};

/** The E_MISSING error of a failed read; other errors pass through unchanged. */
export function readError(error: unknown, path: string): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  return new SweetspotError('E_MISSING', READ_FAILURES[code] ?? `cannot read: ${code}`, {
    place: path,
    cause: error,
  });
}

/** The name of the errno (`ENOENT`) when a system call failed; undefined for every other error. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
