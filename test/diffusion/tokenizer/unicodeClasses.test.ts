import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { normalizeText } from '../../../src/diffusion/tokenizer/normalizeText.ts';
import { splitWords } from '../../../src/diffusion/tokenizer/splitWords.ts';
import { UNICODE_CLASSES } from '../../../src/diffusion/tokenizer/unicodeClasses.ts';

const recorded = JSON.parse(
  readFileSync(new URL('../../golden/unicode-classes/classes.json', import.meta.url), 'utf8'),
) as Record<string, string>;

/** Code points of a recorded class, decoded independently of the tables under test. */
function decode(name: string): Set<number> {
  const points = new Set<number>();
  let last = 0;
  for (const range of recorded[name]?.split(' ') ?? []) {
    const [gap = 0, extent = 0] = range.split('+').map(digits => Number.parseInt(digits, 36));
    for (let point = last + gap; point <= last + gap + extent; point++) points.add(point);
    last += gap + extent;
  }
  return points;
}

function matching(characterClass: string): Set<number> {
  const pattern = new RegExp(`^[${characterClass}]$`, 'u');
  const points = new Set<number>();
  for (const point of codePoints()) if (pattern.test(String.fromCodePoint(point))) points.add(point);
  return points;
}

function* codePoints(): Generator<number> {
  for (let point = 0; point < 0x110000; point++) if (point < 0xd800 || point > 0xdfff) yield point;
}

describe('character classes', () => {
  it.each(['letters', 'numbers', 'spaces'] as const)('%s are those of the reference', name => {
    expect(matching(UNICODE_CLASSES[name])).toEqual(decode(name));
  });

  it('reorders exactly the marks that the reference reorders', () => {
    const behind = decode('movedBehindOverlay');
    const before = decode('movedBeforeIotaSubscript');
    const wrong: string[] = [];
    for (const point of codePoints()) {
      const mark = String.fromCodePoint(point);
      // Marks that a later Unicode than the tables' gives the engine are nobody's concern yet.
      if (!/\p{M}/u.test(mark) || Number.parseInt(process.versions.unicode ?? '0', 10) > 17) continue;
      const isBehind = normalizeText(`x${mark}\u0334`) !== `x${mark}\u0334`;
      const isBefore = normalizeText(`x\u0345${mark}`) !== `x\u0345${mark}`;
      if (isBehind !== behind.has(point) || isBefore !== before.has(point)) wrong.push(point.toString(16));
    }
    expect(wrong).toEqual([]);
  });
});

describe('normalizeText', () => {
  it.each([
    ['composes', 'e\u0301', 'é'],
    ['keeps compatibility characters', 'ﬁ ½', 'ﬁ ½'],
    ['makes every capital sigma σ', 'ΟΔΟΣ', 'οδοσ'],
    ['lowers dotted I to two characters', 'İ', 'i\u0307'],
    ['knows the cased letters of Unicode 17', '\u{16ea0}\ua7ce', '\u{16ebb}\ua7cf'],
    ['takes U+0085 and U+3000 as white space', 'a\u0085\u3000b', 'a b'],
    ['takes U+FEFF, U+200B and U+001C as none', 'a\ufeff\u200b\x1cb', 'a\ufeff\u200b\x1cb'],
    ['does not compose what the reference cannot', '\u{105d2}\u0307', '\u{105d2}\u0307'],
  ])('%s', (_, text, expected) => {
    expect(normalizeText(text)).toBe(expected);
  });
});

describe('splitWords', () => {
  it.each([
    ["it's we'll can't", ['it', "'s", 'we', "'ll", 'can', "'t"]],
    ["don't!!'s", ['don', "'t", "!!'", 's']],
    ['3.14 ½x', ['3', '.', '1', '4', '½', 'x']],
    ['a_b-c', ['a', '_', 'b', '-', 'c']],
    ['<|endoftext|>!', ['<|', 'endoftext', '|>', '!']],
    ['!<|endoftext|>!', ['!<|', 'endoftext', '|>!']],
    ['', []],
  ])('%s', (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });
});
