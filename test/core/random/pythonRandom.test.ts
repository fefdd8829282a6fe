import { describe, expect, it } from 'vitest';
import { PythonRandom } from '../../../src/core/random/pythonRandom.ts';
import { TorchGenerator } from '../../../src/core/random/torchGenerator.ts';

// Printed by Python 3.11: random.seed(seed), then random.choice(range(n)).
const CASES: [seed: number, of27: number[], of19: number[], of32: number][] = [
  [0, [12, 24, 13, 1, 8, 16, 15, 12, 25, 26, 9, 15], [11, 18, 6, 16, 4, 9, 4, 3], 16],
  [7, [10, 4, 12, 20, 1, 2, 26, 17, 3, 11, 18, 1], [16, 6, 1, 2, 13, 13, 2, 7], 5],
  [4123456789, [16, 19, 13, 9, 25, 21, 14, 13, 15, 12, 22, 12], [12, 5, 10, 16, 9, 14, 18, 17], 16],
];

describe("Python's random", () => {
  it.each(CASES)('chooses after seed %i what Python does', (seed, of27, of19, of32) => {
    const random = new PythonRandom(seed);
    expect(of27.map(() => random.choice(27))).toEqual(of27);
    const later = PythonRandom.fromState(JSON.parse(JSON.stringify(random.getState())));
    expect(of19.map(() => random.choice(19))).toEqual(of19);
    expect(random.choice(32)).toBe(of32);
    expect(random.choice(1)).toBe(0);
    expect(of19.map(() => later.choice(19))).toEqual(of19);
  });

  it('refuses a damaged state', () => {
    const state = { ...new PythonRandom(0).getState(), position: 700 };
    expect(() => PythonRandom.fromState(state)).toThrow(expect.objectContaining({ code: 'E_CHECKPOINT' }));
  });
});

it.each([1, 5, 16, 17, 48, 100])('skipping %i normals leaves torch where drawing them does', count => {
  const [drawn, skipped] = [new TorchGenerator(3), new TorchGenerator(3)];
  drawn.randn(count);
  skipped.skipRandn(count);
  expect(skipped.getState()).toEqual(drawn.getState());
});
