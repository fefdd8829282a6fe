import { constants, copyFileSync, linkSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode, writeError } from '../core/files.ts';
import { PICTURE_FILE } from '../stages/sample.ts';
import { MadeFolder } from './madeFolder.ts';

/** Where `sweetspot sample` puts its pictures: `NNNN-seed<seed>.png`, numbered behind those that are there. */
export class PictureFolder {
  readonly #dir: string;
  readonly #made: MadeFolder;
  #next: number;

  /** Makes the folder. Fails with E_WRITE where that cannot be. */
  constructor(dir: string) {
    this.#made = new MadeFolder(dir);
    this.#dir = this.#made.path;
    try {
      const numbers = readdirSync(dir).map(name => Number(/^(\d+)-seed/.exec(name)?.[1] ?? -1));
      this.#next = Math.max(-1, ...numbers) + 1;
    } catch (error) {
      throw writeError(error, dir);
    }
  }

  /** Where the worker puts one picture; the process's number keeps two commands in one folder apart. */
  partial(index: number): string {
    return join(this.#dir, `.${process.pid}.${index}.partial`);
  }

  /** Gives a finished picture its name; never one that is taken. */
  take(index: number, seed: number): string {
    const partial = this.partial(index);
    for (;;) {
      const name = `${String(this.#next).padStart(4, '0')}-seed${seed}.png`;
      this.#next += 1;
      try {
        takeNewName(join(partial, PICTURE_FILE), join(this.#dir, name));
        rmSync(partial, { recursive: true });
        return name;
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw writeError(error, join(this.#dir, name));
      }
    }
  }

  /** Leaves finished pictures only; where nothing came of it, the folders that were made for it go, too. */
  tidy(): void {
    for (const name of readdirSync(this.#dir)) {
      if (name.startsWith(`.${process.pid}.`) && name.endsWith('.partial')) {
        rmSync(join(this.#dir, name), { recursive: true, force: true });
      }
    }
    this.#made.removeIfEmpty();
  }
}

/** Like a rename that fails with EEXIST where the name is taken, as far as the file system can do that in one step. */
function takeNewName(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!NO_HARD_LINKS.has(systemCode(error) ?? '')) throw error;
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  }
}

const NO_HARD_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);
