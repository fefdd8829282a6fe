import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TRAIN_OPTIONS } from '../../src/stages/trainOptions.ts';
import type { OptionSupport, TrainOption } from '../../src/stages/trainOptionTable.ts';

const DOC = join(import.meta.dirname, '../../docs/training.md');
const PLACE = /(<!-- table: options -->\n)[\s\S]*?(<!-- end -->)/;

function fate(support: OptionSupport, own: boolean): string {
  switch (support.kind) {
    case 'supported':
      return own ? 'ours' : 'as the script';
    case 'no-effect':
      return 'taken, without effect';
    case 'ignored':
      return `ignored with a warning: ${support.because}`;
    case 'refused':
      return `refused${support.except?.length ? `, but for ${support.except.join(' and ')}` : ''}: ${support.because}`;
  }
}

function row({ name, default: value, required, choices, description, support, own }: TrainOption): string {
  const shown = required ? 'required' : value === null || value === false ? '' : `\`${value}\``;
  const allowed = choices ? ` (${choices.join(', ')})` : '';
  return `| \`${name}\` | ${shown} | ${description}${allowed} | ${fate(support, own === true)} |\n`;
}

it('lists every option as the code has it (SWEETSPOT_WRITE_DOCS=1 writes it anew)', () => {
  const text = readFileSync(DOC, 'utf8');
  expect(text).toMatch(PLACE);
  const head = '| option | default | what it does | here |\n|---|---|---|---|\n';
  const table = head + TRAIN_OPTIONS.map(row).join('');
  const expected = text.replace(PLACE, (_, start: string, end: string) => start + table + end);
  if (process.env.SWEETSPOT_WRITE_DOCS) writeFileSync(DOC, expected);
  else expect(text).toBe(expected);
});
