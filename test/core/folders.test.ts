import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SweetspotError } from '../../src/core/errors.ts';
import { writeFileAtomic } from '../../src/core/files.ts';
import { writeEntriesAtomic, writeFolderAtomic } from '../../src/core/folders.ts';
import { tempDir } from '../support/tmp.ts';

const filled = (text: string) => async (stage: string) => writeFileSync(join(stage, 'x'), text);

test('a folder appears whole, parents included, and is replaced whole', async () => {
  const root = tempDir();
  const dir = join(root, 'a', 'b');
  await writeFolderAtomic(dir, async stage => {
    writeFileSync(join(stage, 'old-only'), '');
    expect(existsSync(dir)).toBe(false);
  });
  await writeFolderAtomic(dir, filled('new'));
  expect(readdirSync(dir)).toEqual(['x']);
  expect(readdirSync(join(root, 'a'))).toEqual(['b']);
});

test('a failure leaves what was there, and nothing else', async () => {
  const root = tempDir();
  const dir = join(root, 'b');
  const failing = async (stage: string): Promise<void> => {
    writeFileSync(join(stage, 'y'), 'half');
    throw new SweetspotError('E_NOT_FINITE', 'stop', { place: join(stage, 'y') });
  };
  await expect(writeFolderAtomic(dir, failing)).rejects.toMatchObject({
    code: 'E_NOT_FINITE',
    place: join(dir, 'y'),
  });
  expect(readdirSync(root)).toEqual([]);
  await writeFolderAtomic(dir, filled('kept'));
  await expect(writeFolderAtomic(dir, failing)).rejects.toThrow('stop');
  expect(readdirSync(root)).toEqual(['b']);
  expect(readFileSync(join(dir, 'x'), 'utf8')).toBe('kept');
});

test('a place that cannot be written is E_WRITE with the folder itself as place', async () => {
  const root = tempDir();
  writeFileSync(join(root, 'file'), '');
  const dir = join(root, 'file', 'b');
  await expect(writeFolderAtomic(dir, filled('x'))).rejects.toMatchObject({ code: 'E_WRITE', place: dir });
  const inside = writeFolderAtomic(join(root, 'c'), async stage => {
    writeFileSync(join(stage, 'f'), '');
    await writeFileAtomic(join(stage, 'f', 'g'), '');
  });
  await expect(inside).rejects.toMatchObject({ code: 'E_WRITE', place: join(root, 'c', 'f', 'g') });
  expect(readdirSync(root)).toEqual(['file']);
});

test('entries take their places among others', async () => {
  const dir = join(tempDir(), 'out');
  const entries = (text: string) => async (stage: string) => {
    mkdirSync(join(stage, 'unet'));
    writeFileSync(join(stage, 'unet', 'w'), text);
    writeFileSync(join(stage, 'index'), text);
    return ['unet', 'index'];
  };
  await writeEntriesAtomic(dir, entries('1'));
  writeFileSync(join(dir, 'losses'), 'mine');
  writeFileSync(join(dir, 'unet', 'stale'), '');
  await writeEntriesAtomic(dir, entries('2'));
  expect(readdirSync(dir).sort()).toEqual(['index', 'losses', 'unet']);
  expect(readdirSync(join(dir, 'unet'))).toEqual(['w']);
  expect(readFileSync(join(dir, 'index'), 'utf8')).toBe('2');
});

test('when one entry cannot take its place, those before it are put back', async () => {
  const dir = tempDir();
  writeFileSync(join(dir, 'a'), 'old');
  const failing = writeEntriesAtomic(dir, async stage => {
    writeFileSync(join(stage, 'a'), 'new');
    return ['a', 'missing'];
  });
  await expect(failing).rejects.toMatchObject({ code: 'E_WRITE' });
  expect(readFileSync(join(dir, 'a'), 'utf8')).toBe('old');
  expect(readdirSync(dir)).toEqual(['a']);
});
