import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { unzip } from '../../src/native/install/unzip.ts';
import { tempDir } from '../support/tmp.ts';
import { zipFile } from './zipFile.ts';

const { signal } = new AbortController();
const LONG = 'a line of text\n'.repeat(200_000);

function written(bytes: Buffer): { archive: string; folder: string } {
  const dir = tempDir();
  const archive = join(dir, 'a.whl');
  writeFileSync(archive, bytes);
  return { archive, folder: join(dir, 'out') };
}

describe('unzip', () => {
  it('unpacks what is wanted, packed or not, long, empty, executable', async () => {
    const { archive, folder } = written(
      zipFile([
        { name: 'lib/long.txt', data: LONG },
        { name: 'lib/', data: '', packed: false },
        { name: 'plain.txt', data: 'plain', packed: false },
        { name: 'bin/run', data: '#!/bin/sh\n', executable: true },
        { name: 'empty', data: '', packed: false },
        { name: 'not/wanted', data: 'x' },
      ]),
    );
    const made = await unzip(archive, folder, name => name !== 'not/wanted', signal);
    expect(made.sort()).toEqual(['bin/run', 'empty', 'lib/long.txt', 'plain.txt']);
    expect(readFileSync(join(folder, 'lib/long.txt'), 'utf8')).toBe(LONG);
    expect(readFileSync(join(folder, 'plain.txt'), 'utf8')).toBe('plain');
    expect(statSync(join(folder, 'empty')).size).toBe(0);
    expect(statSync(join(folder, 'bin/run')).mode & 0o111).toBe(0o111);
    expect(statSync(join(folder, 'plain.txt')).mode & 0o111).toBe(0);
    expect(readdirSync(folder)).not.toContain('not');
  });

  it('unpacks dozens of files without a word from Node', async () => {
    const warnings: string[] = [];
    const hear = (warning: Error) => warnings.push(warning.name);
    process.on('warning', hear);
    onTestFinished(() => void process.off('warning', hear));
    const files = Array.from({ length: 30 }, (_, i) => ({ name: `${i}`, data: LONG.slice(0, 500 + i) }));
    const { archive, folder } = written(zipFile(files));
    expect(await unzip(archive, folder, () => true, signal)).toHaveLength(30);
    expect(readFileSync(join(folder, '29'), 'utf8')).toBe(LONG.slice(0, 529));
    await new Promise(setImmediate);
    expect(warnings).toEqual([]);
  });

  it.each<[string, (zip: Buffer) => Buffer]>([
    ['cut short', zip => zip.subarray(0, zip.length - 30)],
    ['empty', () => Buffer.alloc(0)],
    ['no zip file', () => Buffer.from('<html>a login page</html>'.repeat(100))],
    [
      'damaged inside',
      zip => Buffer.concat([zip.subarray(0, 60), Buffer.alloc(40, 0xff), zip.subarray(100)]),
    ],
    [
      'with a damaged directory',
      zip => Buffer.from(zip.map((byte, i) => (i === zip.length - 69 ? byte ^ 0xff : byte))),
    ],
  ])('refuses a file that is %s', async (_, damage) => {
    const { archive, folder } = written(damage(zipFile([{ name: 'a', data: LONG }])));
    await expect(unzip(archive, folder, () => true, signal)).rejects.toMatchObject({ code: 'E_BACKEND' });
  });

  it.each(['../outside', '/outside', 'a/../../outside'])('refuses the entry %s', async name => {
    const { archive, folder } = written(zipFile([{ name, data: 'x' }]));
    await expect(unzip(archive, folder, () => true, signal)).rejects.toThrow(/outside it/);
  });

  it('stops when asked to', async () => {
    const { archive, folder } = written(zipFile([{ name: 'a', data: LONG }]));
    const reason = new Error('enough');
    await expect(unzip(archive, folder, () => true, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
