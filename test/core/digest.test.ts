import { mkdirSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type DigestCache,
  DigestCacheFile,
  digestFiles,
  digestFolder,
  modelDigest,
} from '../../src/core/digest.ts';
import { sha256Hex } from '../../src/core/hash.ts';
import { tempDir } from '../support/tmp.ts';

function fill(dir: string, files: Record<string, string>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

test('files are digested in the order of their paths', async () => {
  const dir = fill(tempDir(), { b: 'B', a: 'A' });
  expect(await digestFiles([join(dir, 'b'), join(dir, 'a')])).toEqual([sha256Hex('B'), sha256Hex('A')]);
  await expect(digestFiles([join(dir, 'c')])).rejects.toMatchObject({ code: 'E_MISSING' });
});

test('a folder is its relative paths and contents, wherever it lies', async () => {
  const files = { 'a/x': '1', 'b/y': '2' };
  const digest = await digestFolder(fill(tempDir(), files));
  expect(await digestFolder(fill(tempDir(), files))).toBe(digest);
  expect(await digestFolder(fill(tempDir(), { ...files, 'b/y': '3' }))).not.toBe(digest);
  expect(await digestFolder(fill(tempDir(), { 'a/x': '1', 'b/z': '2' }))).not.toBe(digest);
  expect(await digestFolder(fill(tempDir(), { ...files, z: '' }))).not.toBe(digest);
  expect(await digestFolder(fill(tempDir(), { ...files, z: '' }), path => path !== 'z')).toBe(digest);
});

test('links are followed, and a link to a folder above is entered once', async () => {
  const plain = fill(tempDir(), { 'blobs/x': '1', 'snap/x': '1' });
  const linked = fill(tempDir(), { 'blobs/x': '1' });
  mkdirSync(join(linked, 'snap'));
  symlinkSync('../blobs/x', join(linked, 'snap', 'x'));
  symlinkSync('..', join(linked, 'snap', 'up'));
  expect(await digestFolder(linked)).toBe(await digestFolder(plain));
});

test('of a model folder only what is loaded counts', async () => {
  const files = {
    'model_index.json': '{}',
    'unet/config.json': '{}',
    'unet/w.safetensors': 'w',
    'tokenizer/merges.txt': '',
  };
  const digest = await modelDigest(fill(tempDir(), files));
  const more = {
    'README.md': 'x',
    'losses.jsonl': 'x',
    'checkpoint-5/unet/config.json': 'x',
    'unet/w.bin': 'x',
  };
  expect(await modelDigest(fill(tempDir(), { ...files, ...more }))).toBe(digest);
  expect(await modelDigest(fill(tempDir(), { ...files, 'unet/w.safetensors': 'v' }))).not.toBe(digest);
});

test('the cache answers for an unchanged file and not for a changed one', async () => {
  const path = join(fill(tempDir(), { x: 'one' }), 'x');
  const known = new Map<string, string>();
  const cache: DigestCache = {
    get: (p, status) => known.get(`${p} ${status}`),
    set: (p, status, digest) => known.set(`${p} ${status}`, digest),
  };
  await digestFiles([path], cache);
  expect(known.size).toBe(0); // too young to be trusted
  await new Promise(resolve => setTimeout(resolve, 2100));
  await digestFiles([path], cache);
  expect([...known.values()]).toEqual([sha256Hex('one')]);
  known.set([...known.keys()][0] ?? '', 'remembered');
  expect(await digestFiles([path], cache)).toEqual(['remembered']);
  unlinkSync(path);
  writeFileSync(path, 'two');
  utimesSync(path, 1, 1); // same size, times set back: the inode's own change time still tells
  expect(await digestFiles([path], cache)).toEqual([sha256Hex('two')]);
});

test('the cache file keeps entries and survives damage', async () => {
  const path = join(tempDir(), 'cache', 'digests.json');
  const digest = sha256Hex('x');
  const cache = await DigestCacheFile.open(path);
  cache.set('/a', 's1', digest);
  await cache.save();
  const again = await DigestCacheFile.open(path);
  expect(again.get('/a', 's1')).toBe(digest);
  expect(again.get('/a', 's2')).toBeUndefined();
  for (const text of ['{', 'null', '{"/a": ["s1", "no digest"]}', '[]']) {
    writeFileSync(path, text);
    expect((await DigestCacheFile.open(path)).get('/a', 's1')).toBeUndefined();
  }
});
