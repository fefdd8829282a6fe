import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/core/makeFolder.ts';
import { tempDir } from '../support/tmp.ts';

describe('makeFolder', () => {
  it('makes missing parents and says where it began', () => {
    const root = tempDir();
    mkdirSync(join(root, 'there'));
    expect(makeFolder(join(root, 'there/a/b/c'))).toBe(join(root, 'there/a'));
    expect(statSync(join(root, 'there/a/b/c')).isDirectory()).toBe(true);
    expect(makeFolder(join(root, 'there/a/b/c'))).toBeUndefined();
  });

  it('takes a link to a folder for one', () => {
    const root = tempDir();
    mkdirSync(join(root, 'real'));
    symlinkSync(join(root, 'real'), join(root, 'link'));
    makeFolder(join(root, 'link/x'));
    expect(existsSync(join(root, 'real/x'))).toBe(true);
  });

  it.each(['file', 'file/x', 'file/x/y'])('a file in the way is E_WRITE: %s', path => {
    const root = tempDir();
    writeFileSync(join(root, 'file'), '');
    expect(() => makeFolder(join(root, path))).toThrow(
      expect.objectContaining({ code: 'E_WRITE', place: join(root, path) }),
    );
  });

  it.runIf(process.platform === 'linux')('a place that makes no folders is refused, not waited for', () => {
    expect(() => makeFolder('/proc/sweetspot/x', '/proc/sweetspot/x/file')).toThrow(
      expect.objectContaining({ code: 'E_WRITE', place: '/proc/sweetspot/x/file' }),
    );
  });
});
