import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { thumbnailOf } from '../../src/reporter/draw/thumbnails.ts';
import { tempDir } from '../support/tmp.ts';
import { square } from './fakeWorkspace.ts';

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));

describe('thumbnailOf', () => {
  it('encodes a picture once, whatever its name, and another one for itself', async () => {
    const cache = join(tempDir(), 'cache');
    const picture = await square('one');
    const first = await thumbnailOf(picture, cache);
    expect(first).toMatchObject({ width: 16, height: 16 });
    const [kept = ''] = filesIn(cache);
    expect(readFileSync(kept).equals(first.webp)).toBe(true);
    // What is kept is what is given: a whole file with something else in it.
    const other = await sharp(await square('other'))
      .webp()
      .toBuffer();
    writeFileSync(kept, other);
    expect((await thumbnailOf(picture, cache)).webp.equals(other)).toBe(true);
    expect((await thumbnailOf(await square('two'), cache)).webp.equals(other)).toBe(false);
    expect(filesIn(cache)).toHaveLength(2);
  });

  it('makes one anew that a crash has torn', async () => {
    const cache = tempDir();
    const picture = await square('one');
    const { webp } = await thumbnailOf(picture, cache);
    truncateSync(filesIn(cache)[0] ?? '', webp.length - 1);
    expect((await thumbnailOf(picture, cache)).webp.equals(webp)).toBe(true);
    expect(readFileSync(filesIn(cache)[0] ?? '').equals(webp)).toBe(true);
  });

  it('does without where nothing can be kept, and tells the size of what it scales down', async () => {
    const file = join(tempDir(), 'file');
    writeFileSync(file, '');
    const { webp, ...size } = await thumbnailOf(await square('large', 600), file);
    expect(size).toEqual({ width: 600, height: 600 });
    expect(await sharp(webp).metadata()).toMatchObject({ format: 'webp', width: 256, height: 256 });
    const jpeg = await sharp({ create: { width: 40, height: 20, channels: 3, background: 'red' } })
      .jpeg()
      .toBuffer();
    expect(await thumbnailOf(jpeg, file)).toMatchObject({ width: 40, height: 20 });
    await expect(thumbnailOf(Buffer.from('no picture'), file)).rejects.toThrow();
  });
});
