import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/core/canonicalJson.ts';

test('sorts keys at every depth and keeps the order of arrays', () => {
  expect(canonicalJson({ b: 1, a: { d: [2, 1], c: null } })).toBe('{"a":{"c":null,"d":[2,1]},"b":1}');
  expect(canonicalJson({ '10': 0, '9': 0 })).toBe('{"10":0,"9":0}');
});

test('gives equal numbers one spelling', () => {
  expect(canonicalJson([1e-6, 0.000001, 1.0, -0, 1e21])).toBe('[0.000001,0.000001,1,0,1e+21]');
});

test('names the path of what has no JSON form', () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const refused: [unknown, string][] = [
    [{ a: undefined }, '$.a'],
    [[1, Number.NaN], '$[1]'],
    [Number.POSITIVE_INFINITY, '$'],
    [{ f: () => 1 }, '$.f'],
    [{ n: 1n }, '$.n'],
    [{ when: new Date(0) }, '$.when'],
    [{ map: new Map() }, '$.map'],
    [new Float32Array(1), '$'],
    [new Array(1), '$[0]'],
    [circle, '$.self'],
  ];
  for (const [value, place] of refused) {
    expect(() => canonicalJson(value)).toThrow(expect.objectContaining({ code: 'E_INTERNAL', place }));
  }
});

test('the same object twice side by side is no cycle', () => {
  const shared = { x: 1 };
  expect(canonicalJson([shared, shared])).toBe('[{"x":1},{"x":1}]');
});

test('parses back to the value and does not depend on the order of keys', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), value => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(reversed(value))).toBe(text);
    }),
  );
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  // fromEntries defines keys, so that a "__proto__" key stays a plain key.
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([k, v]) => [k, reversed(v)]),
  );
}
