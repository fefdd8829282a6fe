import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SweetspotError } from '../../core/errors.ts';
import { readJson } from '../../core/files.ts';
import { type Cutout, readCutouts } from '../../diffusion/images/index.ts';
import { KNOWN_NAMES } from './names.ts';

/** Sides of the cut-outs, as shares of the picture's; the smaller ones leave room for a place or a second thing. */
export const SHARES = [28, 32, 36, 40, 44, 48, 52, 56, 60].map(pixels => pixels / 64);

/** One thing that pictures are composed of. */
export interface Thing {
  /** What captions call it; the first is its plain name. */
  called: readonly string[];
  /** One of each of {@link SHARES}, in their order. */
  cutouts: readonly Cutout[];
}

const ART = '@lobehub/fluent-emoji-3d/assets';
const NAMES = 'unicode-emoji-json/data-by-emoji.json';

/**
 * Reads the known things from the packages.
 *
 * @param packages the `node_modules` that hold them
 * @param size of the pictures, in pixels
 * @throws E_MISSING where the packages are not installed, or lack one of the names
 */
export async function readThings(packages: string, size: number): Promise<Thing[]> {
  const files = await artByName(packages);
  const sizes = SHARES.map(share => Math.round(share * size));
  const things: Thing[] = [];
  for (const { name, called } of KNOWN_NAMES) {
    const path = files.get(name);
    if (path === undefined) throw missing(packages, `art for "${name}"`);
    things.push({ called, cutouts: await readCutouts(path, sizes) });
  }
  return things;
}

/** The picture of an emoji, by its code point in hex. */
export const artFile = (packages: string, codePoint: string): string =>
  join(packages, ART, `${codePoint}.webp`);

async function artByName(packages: string): Promise<Map<string, string>> {
  const index = join(packages, NAMES);
  if (!existsSync(index) || !existsSync(join(packages, ART))) throw missing(packages, `${NAMES} and ${ART}`);
  const emojis = (await readJson(index)) as Record<string, { name: string }>;
  const files = new Map<string, string>();
  for (const [emoji, { name }] of Object.entries(emojis)) {
    const path = artFile(packages, [...emoji].map(part => hex(part.codePointAt(0) ?? 0)).join('-'));
    if (existsSync(path)) files.set(name, path);
  }
  return files;
}

const hex = (codePoint: number): string => codePoint.toString(16).padStart(4, '0');

const missing = (place: string, allowed: string): SweetspotError =>
  new SweetspotError('E_MISSING', 'the packages that pictures are composed from are not there', {
    place,
    allowed,
    hint: 'npm ci --prefix pretrain',
  });
