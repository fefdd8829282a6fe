import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PictureFolder } from '../../src/cli/pictureFolder.ts';
import { PICTURE_FILE } from '../../src/stages/sample.ts';
import { tempDir } from '../support/tmp.ts';

function put(folder: PictureFolder, index: number, text: string): void {
  mkdirSync(folder.partial(index));
  writeFileSync(join(folder.partial(index), PICTURE_FILE), text);
}

describe('PictureFolder', () => {
  it('numbers pictures behind those that are there', () => {
    const dir = tempDir();
    writeFileSync(join(dir, '0007-seed3.png'), 'old');
    const folder = new PictureFolder(dir);
    put(folder, 0, 'new');
    expect(folder.take(0, 5)).toBe('0008-seed5.png');
    expect(readdirSync(dir).sort()).toEqual(['0007-seed3.png', '0008-seed5.png']);
  });

  it('never writes over a picture that another command put there meanwhile', () => {
    const dir = tempDir();
    const folder = new PictureFolder(dir);
    writeFileSync(join(dir, '0000-seed5.png'), 'theirs');
    put(folder, 0, 'ours');
    expect(folder.take(0, 5)).toBe('0001-seed5.png');
    expect(readFileSync(join(dir, '0000-seed5.png'), 'utf8')).toBe('theirs');
  });

  it('takes away what it made when nothing came of it, and only that', () => {
    const root = tempDir();
    const folder = new PictureFolder(join(root, 'a/b'));
    put(folder, 0, 'unfinished');
    folder.tidy();
    expect(readdirSync(root)).toEqual([]);
    mkdirSync(join(root, 'mine'));
    new PictureFolder(join(root, 'mine')).tidy();
    expect(existsSync(join(root, 'mine'))).toBe(true);
  });
});
