import { cpSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectInstall, recordInstall } from '../../src/native/installRecord.ts';
import { tempDir } from '../support/tmp.ts';

const FACTS = {
  variant: 'cpu',
  tfjs: '4.22.0',
  tensorflow: '2.21.0',
  node: '20',
  lossDifference: 1e-7,
} as const;

async function installed(): Promise<string> {
  const folder = tempDir();
  writeFileSync(join(folder, 'library.so'), 'x'.repeat(1000));
  writeFileSync(join(folder, 'addon.node'), 'y');
  await recordInstall(folder, FACTS, ['library.so', 'addon.node']);
  return folder;
}

describe('an installation', () => {
  it('is complete once it is recorded, with its facts', async () => {
    const folder = await installed();
    for (const thorough of [false, true]) {
      const found = await inspectInstall(folder, { thorough });
      expect(found).toMatchObject({ state: 'complete', record: FACTS });
    }
  });

  it('is absent without a folder, and unfinished without a record', async () => {
    const folder = await installed();
    expect(await inspectInstall(join(folder, 'nowhere'))).toEqual({ state: 'absent' });
    rmSync(join(folder, 'install.json'));
    expect(await inspectInstall(folder)).toEqual({ state: 'unfinished' });
  });

  it.each<[string, (folder: string) => void, RegExp]>([
    ['a file is gone', folder => rmSync(join(folder, 'addon.node')), /addon\.node is missing/],
    ['a file is cut', folder => truncateSync(join(folder, 'library.so'), 10), /10 bytes, not 1000/],
    [
      'a file is another',
      folder => writeFileSync(join(folder, 'library.so'), 'z'.repeat(1000)),
      /has changed/,
    ],
    ['the record is no JSON', folder => truncateSync(join(folder, 'install.json'), 40), /cannot be read/],
    ['the record is another', folder => writeFileSync(join(folder, 'install.json'), '{}'), /cannot be read/],
  ])('is damaged when %s', async (_, damage, why) => {
    const folder = await installed();
    // Far enough from the time that was recorded.
    damage(folder);
    const library = join(folder, 'library.so');
    utimesSync(library, new Date(2020, 1), new Date(2020, 1));
    const found = await inspectInstall(folder);
    expect(found).toMatchObject({ state: 'damaged', why: expect.stringMatching(why) });
  });

  it('is found out by a thorough look where size and time are the same', async () => {
    const folder = await installed();
    const library = join(folder, 'library.so');
    const { atime, mtimeMs } = statSync(library);
    writeFileSync(library, 'z'.repeat(1000));
    utimesSync(library, atime, mtimeMs / 1000);
    const record = join(folder, 'install.json');
    const json = JSON.parse(readFileSync(record, 'utf8'));
    json.files[0].mtimeMs = statSync(library).mtimeMs;
    writeFileSync(record, JSON.stringify(json));
    expect(await inspectInstall(folder)).toMatchObject({ state: 'complete' });
    expect(await inspectInstall(folder, { thorough: true })).toMatchObject({ state: 'damaged' });
  });

  it('may be copied: it is hashed again once, and then trusted', async () => {
    const folder = await installed();
    const copy = join(tempDir(), 'copy');
    cpSync(folder, copy, { recursive: true });
    const library = join(copy, 'library.so');
    utimesSync(library, new Date(2021, 1), new Date(2021, 1));
    expect(await inspectInstall(copy)).toMatchObject({ state: 'complete' });
    const { files } = JSON.parse(readFileSync(join(copy, 'install.json'), 'utf8'));
    expect(files[0].mtimeMs).toBe(statSync(library).mtimeMs);
  });
});
