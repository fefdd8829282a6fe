import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodePng, listImages } from '../../../src/diffusion/images/index.ts';
import { readCaptions } from '../../../src/stages/captions.ts';
import { tempDir } from '../../support/tmp.ts';
import { randomImage } from './randomImage.ts';

async function folder(names: string[], others: Record<string, string> = {}): Promise<string> {
  const dir = tempDir();
  const png = await encodePng(randomImage(2, 2, 1));
  for (const name of names) await writeFile(join(dir, name), png);
  for (const [name, content] of Object.entries(others)) await writeFile(join(dir, name), content);
  return dir;
}

describe('listImages', () => {
  it('sorts by bytes, not by letters, and goes by content, not by name', async () => {
    const dir = await folder([
      'b.png',
      'B.png',
      'a10.png',
      'a2.png',
      'é.png',
      'z',
      '\u{1f600}.png',
      '\uff5e.png',
    ]);
    const { paths, skipped } = await listImages(dir);
    expect(paths.map(path => basename(path))).toEqual([
      'B.png',
      'a10.png',
      'a2.png',
      'b.png',
      'z',
      'é.png',
      '\uff5e.png',
      '\u{1f600}.png',
    ]);
    expect(paths.every(path => path.startsWith(dir))).toBe(true);
    expect(skipped).toEqual([]);
  });

  it('skips hidden files and what file managers leave, and says so', async () => {
    const dir = await folder(['a.png'], {
      '.DS_Store': 'x',
      'Thumbs.db': 'x',
      'desktop.ini': 'x',
      '._a.png': 'x',
    });
    const { paths, skipped } = await listImages(dir);
    expect(paths).toEqual([join(dir, 'a.png')]);
    expect(skipped).toEqual(['.DS_Store', '._a.png', 'Thumbs.db', 'desktop.ini']);
  });

  it('takes files with the ending of captions for no pictures', async () => {
    const dir = await folder(['a.png', 'b.png'], { 'a.txt': 'a photo of a cat', 'c.txt': 'of nothing' });
    const { paths, skipped } = await listImages(dir, { captionExtension: 'txt' });
    expect(paths).toEqual([join(dir, 'a.png'), join(dir, 'b.png')]);
    expect(skipped).toEqual(['c.txt']);
    expect(await readCaptions(paths, 'txt', 'a moji cat')).toEqual(['a photo of a cat', 'a moji cat']);
    await writeFile(join(dir, 'a.txt'), ' a  moji\ncat \n');
    expect(await readCaptions(paths, 'txt', 'a moji cat')).toBeNull();
  });

  it('refuses what is no picture, by name', async () => {
    const dir = await folder(['a.png'], { 'caption.txt': 'a photo of a cat' });
    await expect(listImages(dir)).rejects.toMatchObject({ code: 'E_IMAGE', place: dir });
    await expect(listImages(dir)).rejects.toThrow(
      /"caption\.txt" is no picture; .*got text\. If it is the caption/,
    );
    await mkdir(join(dir, 'b'));
    await expect(listImages(dir)).rejects.toThrow(/"b" is no picture; .*got a folder/);
  });

  it('refuses an empty folder and one without pictures', async () => {
    await expect(listImages(await folder([]))).rejects.toThrow(
      /there are no pictures in this folder; .*an empty/,
    );
    await expect(listImages(await folder([], { '.DS_Store': '' }))).rejects.toThrow(/got only \.DS_Store/);
  });

  it('names a folder that is not there', async () => {
    const dir = join(tempDir(), 'nowhere');
    await expect(listImages(dir)).rejects.toMatchObject({ code: 'E_MISSING', place: dir });
  });
});
