import { expect, it } from 'vitest';
import { formatDuration } from '../../src/core/formatDuration.ts';

it('names the two largest units that matter', () => {
  expect([0.2, 59.4, 59.6, 200, 3599.7, 7500, 360_000].map(formatDuration)).toEqual([
    '0 s',
    '59 s',
    '1 min 00 s',
    '3 min 20 s',
    '1 h 00 min',
    '2 h 05 min',
    '100 h 00 min',
  ]);
});

it('takes no time back', () => {
  expect(formatDuration(-3)).toBe('0 s');
});
