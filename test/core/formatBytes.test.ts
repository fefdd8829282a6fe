import { describe, expect, it } from 'vitest';
import { formatBytes, parseBytes } from '../../src/core/formatBytes.ts';

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1500, '1.5 kB'],
    [12_000_000, '12 MB'],
    [3.44e9, '3.4 GB'],
    [5e15, '5000 TB'],
  ])('writes %d', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    ['300', 300],
    ['20GB', 20e9],
    ['1.5 mb', 1.5e6],
    ['4GiB', 4 * 1024 ** 3],
    ['2k', 2000],
    ['7 B', 7],
  ])('reads %s', (text, bytes) => expect(parseBytes(text)).toBe(bytes));

  it.each(['', 'GB', '-1', '1e3', '10 PB', '5 i', 'many'])('does not guess at %j', text =>
    expect(parseBytes(text)).toBeUndefined(),
  );
});
