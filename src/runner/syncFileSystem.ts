import { execFile } from 'node:child_process';

/**
 * Writes out everything that the file system of a folder holds back, in one go (syncfs of Linux, which Node does not
 * have; coreutils' and busybox's `sync -f` do it).
 *
 * @returns false where it could not be done: then every file has to be flushed by itself
 */
export const syncFileSystem = (path: string): Promise<boolean> =>
  process.platform === 'linux'
    ? new Promise(resolve => {
        execFile('sync', ['-f', path], error => resolve(error === null));
      })
    : Promise.resolve(false);
