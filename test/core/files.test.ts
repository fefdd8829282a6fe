import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SweetspotError } from '../../src/core/errors.ts';
import {
  readError,
  readJson,
  readText,
  writeAtomically,
  writeError,
  writeFileAtomic,
  writeJson,
} from '../../src/core/files.ts';
import { tempDir } from '../support/tmp.ts';

test('writes, replaces, makes parent folders and leaves no temporary file', async () => {
  const dir = tempDir();
  const path = join(dir, 'a', 'b.txt');
  await writeFileAtomic(path, 'one');
  await writeFileAtomic(path, new Uint8Array([116, 119, 111]));
  expect(readFileSync(path, 'utf8')).toBe('two');
  expect(readdirSync(join(dir, 'a'))).toEqual(['b.txt']);
});

test('a failure while writing keeps the old file and leaves nothing else', async () => {
  const dir = tempDir();
  const path = join(dir, 'x');
  await writeFileAtomic(path, 'old');
  const failing = writeAtomically(path, async file => {
    await file.writeFile('half');
    throw new SweetspotError('E_NOT_FINITE', 'stop');
  });
  await expect(failing).rejects.toMatchObject({ code: 'E_NOT_FINITE' });
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(dir)).toEqual(['x']);
});

test('parallel writers of one file never mix', async () => {
  const path = join(tempDir(), 'x');
  const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(1000));
  await Promise.all(texts.map(text => writeFileAtomic(path, text)));
  expect(texts).toContain(readFileSync(path, 'utf8'));
});

test('a path through a file, or onto a folder, is E_WRITE', async () => {
  const dir = tempDir();
  writeFileSync(join(dir, 'file'), '');
  mkdirSync(join(dir, 'folder'));
  for (const path of [join(dir, 'file', 'x'), join(dir, 'folder')]) {
    await expect(writeFileAtomic(path, '')).rejects.toMatchObject({ code: 'E_WRITE', place: path });
  }
  expect(readdirSync(dir).sort()).toEqual(['file', 'folder']);
});

test.skipIf(process.getuid?.() === 0)('a folder without write permission is E_WRITE', async () => {
  const dir = join(tempDir(), 'locked');
  mkdirSync(dir);
  chmodSync(dir, 0o500);
  const path = join(dir, 'x');
  await expect(writeFileAtomic(path, '')).rejects.toThrow(`${path}: cannot write: permission denied`);
});

test.skipIf(!existsDevFull())('a full disk is E_WRITE with a hint', async () => {
  // /dev/full accepts open and fails every write with ENOSPC, as a full disk does.
  const { open } = await import('node:fs/promises');
  const file = await open('/dev/full', 'w');
  const error = await file.writeFile('x').catch((e: unknown) => writeError(e, 'out/x'));
  await file.close();
  expect(error).toMatchObject({ code: 'E_WRITE', exitCode: 1 });
  expect(String(error)).toContain('out/x: cannot write: the disk is full. Free some space');
});

function existsDevFull(): boolean {
  return statSync('/dev/full', { throwIfNoEntry: false })?.isCharacterDevice() ?? false;
}

test('system errors become one line; others stay what they are', () => {
  const system = (code: string): Error => Object.assign(new Error('x'), { code, syscall: 'open' });
  expect(String(writeError(system('EROFS'), 'p'))).toContain(
    'p: cannot write: the file system is read-only. ',
  );
  expect(writeError(system('EXOTIC'), 'p')).toMatchObject({ code: 'E_WRITE', what: 'cannot write: EXOTIC' });
  expect(readError(system('EACCES'), 'p')).toMatchObject({ code: 'E_MISSING' });
  const bug = new TypeError('bug');
  expect(writeError(bug, 'p')).toBe(bug);
  expect(readError(bug, 'p')).toBe(bug);
});

test('JSON goes out and comes back; a byte-order mark is skipped', async () => {
  const path = join(tempDir(), 'x.json');
  await writeJson(path, { a: [1, 'é'] });
  expect(readFileSync(path, 'utf8')).toBe('{\n  "a": [\n    1,\n    "é"\n  ]\n}\n');
  expect(await readJson(path)).toEqual({ a: [1, 'é'] });
  writeFileSync(path, '\uFEFF{}');
  expect(await readJson(path)).toEqual({});
  expect(await readText(path)).toBe('{}');
});

test('bad JSON names the file; a missing file too', async () => {
  const dir = tempDir();
  const path = join(dir, 'x.json');
  writeFileSync(path, '{"a": ');
  await expect(readJson(path)).rejects.toMatchObject({
    code: 'E_MODEL',
    place: path,
    what: 'not valid JSON',
  });
  await expect(readJson(path, 'E_TOKENIZER')).rejects.toMatchObject({ code: 'E_TOKENIZER' });
  await expect(readJson(join(dir, 'no'))).rejects.toMatchObject({ code: 'E_MISSING' });
  await expect(readJson(dir)).rejects.toMatchObject({ code: 'E_MISSING', what: 'is a folder, not a file' });
});
