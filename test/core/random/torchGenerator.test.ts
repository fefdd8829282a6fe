import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TorchGenerator } from '../../../src/core/random/torchGenerator.ts';

// Every literal here was printed by torch 2.13.0 on the CPU; the comment beside it is the expression.
const closeTo = (got: Float32Array, wanted: number[], tolerance = 1e-6): void => {
  expect(got.length).toBeGreaterThanOrEqual(wanted.length);
  const tail = got.subarray(got.length - wanted.length);
  wanted.forEach((value, i) => {
    expect(Math.abs((tail[i] ?? Number.NaN) - value)).toBeLessThanOrEqual(tolerance);
  });
};

describe('seeds', () => {
  it.each<[number | bigint, number[]]>([
    [0, [0.49625659, 0.7682218, 0.088477433, 0.13203049]],
    [7, [0.53492254, 0.19880319, 0.6592117, 0.65689027]],
    [2 ** 32 + 7, [0.53492254, 0.19880319, 0.6592117, 0.65689027]],
    [1222968416788n, [0.19758016, 0.043403268, 0.65207511, 0.99663001]],
    [-1, [0.99379939, 0.57130635, 0.57000804, 0.049503744]],
  ])('takes the low 32 bits of %s', (seed, wanted) => {
    expect(Array.from(new TorchGenerator(seed).rand(4))).toEqual(wanted.map(Math.fround));
  });

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])('refuses %s', seed => {
    expect(() => new TorchGenerator(seed)).toThrow(expect.objectContaining({ code: 'E_OPTION' }));
  });
});

describe('one stream of every kind of draw, in this order', () => {
  const g = new TorchGenerator(7);

  it('randn in blocks of sixteen', () =>
    closeTo(
      g.randn(64),
      [1.6243165, 0.0015672707, -0.43754071, -2.1085334, 1.1450075, -0.38218433, -0.35526603, 0.75419253],
    ));
  it('randn whose tail is drawn again', () =>
    closeTo(
      g.randn(105),
      [
        -0.53070652, 0.80431545, 0.073895268, 0.067638323, -1.3332107, 0.29606062, -0.093663141, 1.9939115,
        -0.72010291, -0.60521883, -0.62387377, -0.47027889, 0.19470021, -1.5952866, 0.58592403, -1.0535342,
        -1.0268353, 0.37084138, -0.93292195, 0.30727947,
      ],
    ));
  it('randn one by one', () =>
    closeTo(
      g.randn(8),
      [0.81007051, 0.38328296, -2.2784755, 2.4380398, 0.93419874, 1.127081, 0.14139652, 0.86614311],
      1e-7,
    ));
  it('randn of an odd count keeps one', () =>
    closeTo(g.randn(5), [1.0181265, -1.5408306, 0.11829432, 1.080566, 0.55058122], 1e-7));
  it('blocks leave the kept one alone', () =>
    closeTo(
      g.randn(40),
      [
        1.1613269, -1.3247336, 2.3549755, -0.18257289, 1.7303187, 0.0063492921, -1.5064573, -0.62447876,
        0.4529815, 0.81114995, -0.22019742, 0.078411557, 0.25432721, -1.4212089, -1.0433342, -0.28631702,
        0.78353918, 0.16327535,
      ],
    ));
  it('randn starts with the kept one', () =>
    closeTo(g.randn(3), [0.044803109, -0.5254249, -0.52207226], 1e-7));
  it('randint(0, 1000)', () =>
    expect(Array.from(g.randint(0, 1000, 6))).toEqual([525, 954, 410, 966, 500, 874]));
  it('randperm(17)', () =>
    expect(Array.from(g.randperm(17))).toEqual([3, 13, 0, 4, 2, 1, 10, 7, 6, 12, 9, 11, 5, 16, 15, 8, 14]));
  it('random_() of an int64', () => expect(g.randomInt64()).toBe(6694115411975834834n));
  it('rand', () =>
    expect(Array.from(g.rand(9))).toEqual(
      [
        0.97639316, 0.26849246, 0.82004833, 0.93673325, 0.5516994, 0.32827812, 0.86986053, 0.3541522,
        0.28594792,
      ].map(Math.fround),
    ));
  it('randint(5, 46)', () => expect(Array.from(g.randint(5, 46, 2))).toEqual([33, 19]));
  it('randint of 2^28 takes two words', () =>
    expect(Array.from(g.randint(0, 2 ** 28, 2))).toEqual([119004677, 50641040]));
  it('randint below 2^28 takes one', () =>
    expect(Array.from(g.randint(0, 2 ** 28 - 1, 2))).toEqual([119597042, 211378191]));
  it('randint of 2^31 - 1', () =>
    expect(Array.from(g.randint(0, 2 ** 31 - 1, 2))).toEqual([1805175671, 1981394041]));
  it('uniform_(-0.3, 0.7)', () =>
    closeTo(g.uniform(5, -0.3, 0.7), [0.5503459, -0.1280089, 0.40845668, 0.059350014, 0.34392381], 1e-8));
  it('randn(17): one block, then sixteen again', () =>
    closeTo(
      g.randn(17),
      [
        0.008630855, 1.1831436, 1.5537463, -0.16811924, -0.71477038, -0.35312182, -0.096300676, 1.734256,
        0.6882503, 2.3446927, -1.2444793, 2.0601478, 0.43746954, 0.42791012, -1.2802478, 0.37033749,
        1.5020444,
      ],
    ));
});

it('agrees after 81923 normals', () => {
  const g = new TorchGenerator(0);
  const values = g.randn(81923);
  const sum = values.reduce((total, value) => total + value, 0);
  const absolute = values.reduce((total, value) => total + Math.abs(value), 0);
  expect(sum).toBeCloseTo(-234.809389816, 3);
  expect(absolute).toBeCloseTo(65399.459699245, 3);
  closeTo(
    values,
    [
      0.018400434, -0.28306991, -0.059943866, 0.73835057, 0.33176839, 0.039707325, -1.7991368, -0.74278557,
      -0.10979906, 2.2396393, 1.614903, -0.50873303, -1.0043272, 0.34734106, -0.98886764, 0.7158491,
      1.3210421, 0.84251189, 1.3914393, 0.23204553,
    ],
  );
  expect(Array.from(g.rand(2))).toEqual([0.017751932, 0.84712547].map(Math.fround));
  expect(Array.from(g.randperm(1000).subarray(0, 20))).toEqual([
    186, 359, 13, 676, 158, 221, 979, 622, 397, 9, 87, 522, 582, 583, 641, 404, 51, 852, 755, 212,
  ]);
});

describe('state', () => {
  it('goes through JSON and gives the same future, the kept normal included', () => {
    const draw = fc.constantFrom<(g: TorchGenerator) => unknown>(
      g => Array.from(g.randn(3)),
      g => Array.from(g.randn(33)),
      g => Array.from(g.rand(5)),
      g => Array.from(g.randperm(9)),
      g => g.randomInt64(),
    );
    fc.assert(
      fc.property(fc.integer(), fc.array(draw), fc.array(draw, { minLength: 1 }), (seed, before, after) => {
        const original = new TorchGenerator(seed);
        for (const step of before) step(original);
        const copy = TorchGenerator.fromState(JSON.parse(JSON.stringify(original.getState())));
        for (const step of after) expect(step(copy)).toEqual(step(original));
      }),
      { numRuns: 30 },
    );
  });

  it('a state taken is not changed by later draws', () => {
    const g = new TorchGenerator(1);
    g.randn(3);
    const state = g.getState();
    const first = Array.from(g.randn(700));
    expect(Array.from(TorchGenerator.fromState(state).randn(700))).toEqual(first);
  });

  it.each<[string, (state: Record<string, unknown>) => unknown]>([
    ['nothing', () => null],
    ['too few words', state => ({ ...state, words: [1, 2] })],
    ['a word that is none', state => ({ ...state, words: new Array(624).fill(-1) })],
    ['a position outside', state => ({ ...state, position: 625 })],
    ['no kept normal', ({ cachedNormal: _, ...state }) => state],
  ])('refuses %s', (_, damage) => {
    const damaged = damage({ ...new TorchGenerator(1).getState() });
    expect(() => TorchGenerator.fromState(damaged as never)).toThrow(
      expect.objectContaining({ code: 'E_CHECKPOINT' }),
    );
  });
});
