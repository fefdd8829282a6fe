import { readdirSync, rmdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { makeFolder } from '../core/makeFolder.ts';

/** A folder for results, made before anything is computed, so that a place that cannot be written is known at once. */
export class MadeFolder {
  readonly path: string;
  /** The topmost folder that had to be made; undefined where all were there. */
  readonly #top: string | undefined;

  /** Fails with E_WRITE where it cannot be made. */
  constructor(path: string) {
    this.path = resolve(path);
    this.#top = makeFolder(path);
  }

  /** Where nothing came of it, takes away again what was made. */
  removeIfEmpty(): void {
    if (this.#top === undefined) return;
    for (let dir = this.path; dir.length >= this.#top.length; dir = dirname(dir)) {
      if (readdirSync(dir).length > 0) return;
      rmdirSync(dir);
    }
  }
}
