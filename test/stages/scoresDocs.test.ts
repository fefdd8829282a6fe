import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SCORES } from '../../src/stages/scores.ts';
import { scoresMarkdown } from './scoresDocs.ts';

it('docs/scores.md says of every score what the table says', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/scores.md'), 'utf8');
  const [, written] = /<!-- scores -->\n\n([\s\S]*)<!-- end -->/.exec(text) ?? [];
  expect(`${written?.trim()}\n`).toBe(scoresMarkdown());
});

it('every score says all that is wanted of it', () => {
  for (const { range, definition, source, whatItMisses } of Object.values(SCORES)) {
    const [low, high] = range;
    if (low !== null && high !== null) expect(low).toBeLessThan(high);
    for (const text of [definition, whatItMisses]) expect(text).toMatch(/^[A-Z].{30,}\.$/s);
    expect(source.length).toBeGreaterThan(20);
  }
});
