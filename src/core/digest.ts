/**
 * Digests of the user's files: what a stage's identity is made of. A cache spares hashing gigabytes again; an entry
 * counts only while the file's size, inode and times are those of the hashing.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readError, readJson, writeJson } from './files.ts';
import { sha256File, sha256Hex } from './hash.ts';

/** Remembers digests by path and file status; {@link DigestCacheFile} keeps them on disk. */
export interface DigestCache {
  get(path: string, status: string): string | undefined;
  set(path: string, status: string, digest: string): void;
}

/** @returns SHA-256 of each file's content, in the order of the paths; E_MISSING for one that cannot be read */
export async function digestFiles(paths: readonly string[], cache?: DigestCache): Promise<string[]> {
  const digests: string[] = [];
  // One after the other: hashing is bound by the disk, and parallel streams only make it seek.
  for (const path of paths) digests.push(await digestFile(path, cache));
  return digests;
}

/**
 * SHA-256 over the list of (relative path with `/`, SHA-256 of content), sorted by path in UTF-16 order. Links are
 * followed, as model folders of the Hugging Face cache are made of them.
 *
 * @param filter which relative paths matter; default all
 */
export async function digestFolder(
  dir: string,
  filter: (relativePath: string) => boolean = () => true,
  cache?: DigestCache,
): Promise<string> {
  const files = (await listFiles(dir, '', [])).filter(filter).sort();
  const digests = await digestFiles(
    files.map(file => join(dir, file)),
    cache,
  );
  return sha256Hex(JSON.stringify(files.map((file, i) => [file, digests[i]])));
}

/** Digest of a model folder: only what loading it reads, so that a README or a checkpoint beside it changes nothing. */
export function modelDigest(dir: string, cache?: DigestCache): Promise<string> {
  return digestFolder(dir, isModelFile, cache);
}

/** Digest of a CLIP or ViT folder in transformers' layout: what loading it reads. */
export function scorerDigest(dir: string, cache?: DigestCache): Promise<string> {
  return digestFolder(dir, path => /^[^/]+\.(json|txt|safetensors)$/.test(path), cache);
}

const isModelFile = (path: string): boolean =>
  path === 'model_index.json' ||
  /^(unet|vae|text_encoder)\/[^/]+\.(json|safetensors)$/.test(path) ||
  /^(tokenizer|scheduler)\/[^/]+\.(json|txt)$/.test(path);

// Another change within the clock's resolution would leave the status as it is, so a file this young is not remembered.
const SETTLED_MS = 2000;

async function digestFile(path: string, cache?: DigestCache): Promise<string> {
  const before = await fileStatus(path);
  const known = cache?.get(path, before.status);
  if (known !== undefined) return known;
  const digest = await sha256File(path);
  const after = await fileStatus(path);
  if (after.status === before.status && Date.now() - after.changedMs > SETTLED_MS) {
    cache?.set(path, after.status, digest);
  }
  return digest;
}

async function fileStatus(path: string): Promise<{ status: string; changedMs: number }> {
  try {
    const { size, mtimeNs, ctimeNs, ctimeMs, ino } = await stat(path, { bigint: true });
    return { status: [size, mtimeNs, ctimeNs, ino].join(' '), changedMs: Number(ctimeMs) };
  } catch (error) {
    throw readError(error, path);
  }
}

/** Relative paths of all files below a folder; a link back to a folder above is not entered again. */
async function listFiles(root: string, below: string, above: readonly string[]): Promise<string[]> {
  const dir = join(root, below);
  try {
    const real = await realpath(dir);
    if (above.includes(real)) return [];
    const files: string[] = [];
    for (const name of await readdir(dir)) {
      const relative = below ? `${below}/${name}` : name;
      if ((await stat(join(root, relative))).isDirectory()) {
        files.push(...(await listFiles(root, relative, [...above, real])));
      } else files.push(relative);
    }
    return files;
  } catch (error) {
    throw readError(error, dir);
  }
}

/** A {@link DigestCache} in a JSON file: `{path: [status, digest]}`. A damaged file is an empty cache. */
export class DigestCacheFile implements DigestCache {
  readonly path: string;
  readonly #entries: Map<string, [status: string, digest: string]>;
  #changed = false;

  private constructor(path: string, entries: Map<string, [string, string]>) {
    this.path = path;
    this.#entries = entries;
  }

  static async open(path: string): Promise<DigestCacheFile> {
    const json = await readJson(path).catch(() => ({}));
    const entries = Object.entries(typeof json === 'object' && json !== null ? json : {});
    return new DigestCacheFile(path, new Map(entries.filter(isEntry)));
  }

  get(path: string, status: string): string | undefined {
    const entry = this.#entries.get(path);
    return entry?.[0] === status ? entry[1] : undefined;
  }

  set(path: string, status: string, digest: string): void {
    this.#entries.set(path, [status, digest]);
    this.#changed = true;
  }

  /** Writes the file when something was added. */
  async save(): Promise<void> {
    if (this.#changed) await writeJson(this.path, Object.fromEntries(this.#entries));
    this.#changed = false;
  }
}

function isEntry(entry: [string, unknown]): entry is [string, [string, string]] {
  const value = entry[1];
  return Array.isArray(value) && typeof value[0] === 'string' && /^[0-9a-f]{64}$/.test(String(value[1]));
}
