import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256File, sha256Hex } from '../../src/core/hash.ts';
import { tempDir } from '../support/tmp.ts';

// FIPS 180-4 examples.
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

test('hashes strings as UTF-8, bytes, and files alike', async () => {
  expect(sha256Hex('abc')).toBe(ABC);
  expect(sha256Hex(new TextEncoder().encode('abc'))).toBe(ABC);
  expect(sha256Hex('')).toBe(EMPTY);
  const path = join(tempDir(), 'abc');
  writeFileSync(path, 'abc');
  expect(await sha256File(path)).toBe(ABC);
});

test('hashes a file larger than one read', async () => {
  const data = new Uint8Array(300_000).map((_, i) => i * 31);
  const path = join(tempDir(), 'large');
  writeFileSync(path, data);
  expect(await sha256File(path)).toBe(sha256Hex(data));
});

test('a missing file is E_MISSING with its path', async () => {
  const path = join(tempDir(), 'none');
  await expect(sha256File(path)).rejects.toMatchObject({ code: 'E_MISSING', place: path });
});
