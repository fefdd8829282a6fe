import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  duration,
  literal,
  optionValue,
  settingsText,
  shorten,
  thousands,
} from '../../src/reporter/shared/text.ts';

describe('shorten', () => {
  it('never cuts a character in half and never exceeds the length', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.integer({ min: 2, max: 40 }),
        (text, length) => {
          const short = shorten(text, length);
          expect([...short].length).toBeLessThanOrEqual(length);
          expect(() => encodeURIComponent(short)).not.toThrow();
          if ([...text].length <= length) expect(short).toBe(literal(text));
        },
      ),
    );
  });

  it('marks what it cut', () => {
    expect(shorten('abcdef', 4)).toBe('abc…');
    expect(shorten('😺😺😺😺', 4)).toBe('😺😺😺😺');
    expect(shorten('😺😺😺😺😺', 4)).toBe('😺😺😺…');
  });
});

it('shows control characters as pictures of themselves', () => {
  expect(literal('a\0b\x1b[31m\x7f\n\tc')).toBe('a␀b␛[31m␡\n\tc');
});

it('writes values as people do', () => {
  expect([1e-5, 0.002, 1200, true, null, '', 'ddim'].map(optionValue)).toEqual([
    '1e-5',
    '2e-3',
    '1200',
    'yes',
    'none',
    'empty',
    'ddim',
  ]);
  expect(settingsText({ learning_rate: 2e-6, with_prior_preservation: false })).toBe(
    'learning rate 2e-6, prior preservation no',
  );
});

it('writes durations and large numbers', () => {
  expect([0.04, 9.95, 59.4, 59.6, 61, 3599.7, 7384].map(duration)).toEqual([
    '0.0 s',
    '9.9 s',
    '59 s',
    '1 min 0 s',
    '1 min 1 s',
    '1 h 0 min',
    '2 h 3 min',
  ]);
  expect([7, 1200, 1234567].map(thousands)).toEqual(['7', '1\u202f200', '1\u202f234\u202f567']);
});
