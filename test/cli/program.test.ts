import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, it } from 'vitest';
import { inOurWords, programName } from '../../src/cli/program.ts';
import { tempDir } from '../support/tmp.ts';

it('is called by its own name where that is a command, through npx elsewhere', () => {
  const dir = tempDir();
  const script = join(dir, 'main.js');
  writeFileSync(script, '');
  for (const folder of ['ours', 'other', 'none']) mkdirSync(join(dir, folder));
  symlinkSync(script, join(dir, 'ours/sweetspot'));
  writeFileSync(join(dir, 'other/sweetspot'), '');
  const path = (...folders: string[]) => folders.map(folder => join(dir, folder)).join(delimiter);
  expect(programName({ PATH: path('none', 'ours') }, script)).toBe('sweetspot');
  expect(programName({ PATH: path('ours') }, join(dir, 'ours/sweetspot'))).toBe('sweetspot');
  expect(programName({ PATH: path('none', 'other') }, script)).toBe('npx sweetspot');
  expect(programName({}, script)).toBe('npx sweetspot');
  expect(programName({ PATH: path('ours'), npm_command: 'exec' }, script)).toBe('npx sweetspot');
  expect(programName({ PATH: path('ours'), npm_execpath: '/usr/bin/npm' }, script)).toBe('npx sweetspot');
});

it('changes commands in texts, and nothing else', () => {
  const text =
    'another sweetspot is running. Run `sweetspot run FILE`\n  sweetspot plan a\nnpx sweetspot train \\\n  --x';
  expect(inOurWords(text, 'npx sweetspot')).toBe(
    'another sweetspot is running. Run `npx sweetspot run FILE`\n  npx sweetspot plan a\nnpx sweetspot train \\\n  --x',
  );
  expect(inOurWords('npx sweetspot train', 'sweetspot')).toBe('sweetspot train');
  expect(inOurWords('See `sweetspot --help`', 'npx sweetspot')).toBe('See `npx sweetspot --help`');
});
