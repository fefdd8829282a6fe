import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findLicence } from '../../src/stages/findLicence.ts';
import { tempDir } from '../support/tmp.ts';

function folder(files: Record<string, string>): string {
  const dir = tempDir();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return dir;
}

describe('findLicence', () => {
  it('reads the front matter of a model card first', () => {
    const dir = folder({
      'README.md': '---\nlicense: creativeml-openrail-m\ntags: [x]\n---\n# Model\n\n| weights | other |\n',
      LICENSE: 'Apache License\n',
    });
    expect(findLicence(dir)).toEqual({ file: 'README.md', text: 'creativeml-openrail-m' });
  });

  it('finds a table row or a line of the README', () => {
    const row = '# pocket\n\n| art | fluent (MIT) |\n| weights | Apache-2.0, like the rest |\n';
    expect(findLicence(folder({ 'README.md': row }))?.text).toBe('Apache-2.0, like the rest');
    expect(findLicence(folder({ 'readme.txt': 'x\nLicence: CC-BY-4.0\n' }))?.text).toBe('CC-BY-4.0');
  });

  it('takes the first line of a licence file', () => {
    expect(findLicence(folder({ 'LICENSE.md': '\n  MIT License\n\nPermission' }))).toEqual({
      file: 'LICENSE.md',
      text: 'MIT License',
    });
  });

  it('says nothing where there is nothing', () => {
    expect(findLicence(folder({ 'README.md': 'The weights are large.\n' }))).toBeNull();
    expect(findLicence(join(tempDir(), 'gone'))).toBeNull();
    const dir = tempDir();
    mkdirSync(join(dir, 'LICENSE'));
    expect(findLicence(dir)).toBeNull();
  });

  it('cuts what is too long to be a name', () => {
    expect(findLicence(folder({ LICENSE: 'x'.repeat(5000) }))?.text).toHaveLength(300);
  });
});
