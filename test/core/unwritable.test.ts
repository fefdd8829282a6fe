import { expect, it } from 'vitest';
import { unwritable } from '../../src/core/files.ts';

const failure = (code: string, path?: string): Error =>
  Object.assign(new Error(code), { code, syscall: 'rmdir', ...(path && { path }) });

it('makes E_WRITE of what says that a file below the folder cannot be written, and of nothing else', () => {
  expect(unwritable(failure('EACCES', '/w/a'), '/w')).toMatchObject({ code: 'E_WRITE', place: '/w/a' });
  expect(unwritable(failure('EROFS', '/w/a'), '/w')).toMatchObject({ code: 'E_WRITE' });
  for (const other of [
    failure('ENOENT', '/w/a'),
    failure('EACCES', '/usr/bin'),
    failure('EACCES'),
    new Error('bug'),
  ]) {
    expect(unwritable(other, '/w')).toBe(other);
  }
});
