import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { axisValues, combinations } from '../../src/sweep/grid.ts';

describe('axisValues', () => {
  it('gives both ends of a log range exactly, and whole numbers where they are asked for', () => {
    expect(axisValues({ log: [1e-6, 1e-4], count: 3 }, false)).toEqual([1e-6, 1e-5, 1e-4]);
    expect(axisValues({ log: [1e-4, 1e-6], count: 3 }, false)).toEqual([1e-4, 1e-5, 1e-6]);
    expect(axisValues({ log: [100, 1000], count: 4 }, true)).toEqual([100, 215, 464, 1000]);
  });

  it('ends a stepped range at or before `to`', () => {
    expect(axisValues({ from: 1, to: 10, by: 4 }, true)).toEqual([1, 5, 9]);
    expect(axisValues({ from: 0.1, to: 0.3, by: 0.1 }, false)).toEqual([0.1, 0.2, 0.3]);
    expect(axisValues({ from: 3, to: 2, by: 1 }, true)).toEqual([]);
  });

  it('takes -0 for 0', () => {
    expect(Object.is(axisValues(-0, false)[0], 0)).toBe(true);
  });
});

describe('combinations', () => {
  it('is the product of its lists, the first one slowest', () => {
    expect(combinations({ a: [1, 2], b: ['x', 'y'] }, [])).toEqual([
      { a: 1, b: 'x' },
      { a: 1, b: 'y' },
      { a: 2, b: 'x' },
      { a: 2, b: 'y' },
    ]);
  });

  it('moves zipped lists together, each pair once', () => {
    expect(combinations({ a: [1, 1, 2], b: [true], c: [5, 5, 6] }, [['c', 'a']])).toEqual([
      { c: 5, a: 1, b: true },
      { c: 6, a: 2, b: true },
    ]);
  });

  it('has as many rows as the product has, none twice', () => {
    const list = fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), list, { maxKeys: 5 }), lists => {
        const rows = combinations(lists, []);
        const size = Object.values(lists).reduce((product, { length }) => product * length, 1);
        expect(new Set(rows.map(row => JSON.stringify(row))).size).toBe(size);
        expect(rows).toHaveLength(size);
      }),
    );
  });
});
