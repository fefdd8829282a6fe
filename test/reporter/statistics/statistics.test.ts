import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mt19937 } from '../../../src/core/random/mt19937.ts';
import { bootstrapMean, quantile } from '../../../src/reporter/statistics/bootstrap.ts';
import { axisEffects, explainedShare } from '../../../src/reporter/statistics/effects.ts';
import { holmRejected, pairedComparison } from '../../../src/reporter/statistics/pairedComparison.ts';
import { paretoFront } from '../../../src/reporter/statistics/paretoFront.ts';
import { criticalT, twoSidedP } from '../../../src/reporter/statistics/studentT.ts';

const random = Mt19937.seeded(5);
const uniform = (): number => (random.next() + 0.5) / 2 ** 32;
/** Box and Muller, 1958. */
const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());

describe('studentT', () => {
  it('is the arctangent of one degree of freedom, and the closed form of two', () => {
    for (const t of [0.1, 0.7, 1, 3, 12, 400]) {
      expect(twoSidedP(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 12);
      expect(twoSidedP(t, 2)).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 12);
    }
    expect(twoSidedP(0, 5)).toBeCloseTo(1, 12);
    expect(twoSidedP(Number.POSITIVE_INFINITY, 5)).toBe(0);
  });

  it('has the critical values of the printed tables', () => {
    for (const [freedom, t] of [
      [1, 12.706],
      [2, 4.303],
      [3, 3.182],
      [10, 2.228],
      [30, 2.042],
      [1000, 1.962],
    ] as const) {
      expect(criticalT(0.05, freedom)).toBeCloseTo(t, 3);
    }
  });
});

describe('bootstrapMean', () => {
  it('is the normal interval where there are many values, and holds the mean in about 95 of 100 cases', () => {
    const values = Array.from({ length: 400 }, normal);
    const estimate = bootstrapMean(values);
    const half = ((estimate?.high ?? 0) - (estimate?.low ?? 0)) / 2;
    expect(half).toBeGreaterThan((1.96 / 20) * 0.85);
    expect(half).toBeLessThan((1.96 / 20) * 1.15);
    let held = 0;
    for (let i = 0; i < 200; i += 1) {
      const found = bootstrapMean(Array.from({ length: 30 }, normal), i);
      if (found && found.low <= 0 && found.high >= 0) held += 1;
    }
    expect(held).toBeGreaterThan(175);
    expect(held).toBeLessThan(199);
  });

  it('is the same every time, and moves and stretches with its values', () => {
    const values = [3, 1, 4, 1, 5, 9];
    const once = bootstrapMean(values);
    expect(bootstrapMean(values)).toEqual(once);
    const other = bootstrapMean(values.map(value => 10 - 2 * value));
    expect(other?.mean).toBeCloseTo(10 - 2 * (once?.mean ?? 0), 12);
    expect((other?.high ?? 0) - (other?.low ?? 0)).toBeCloseTo(
      2 * ((once?.high ?? 0) - (once?.low ?? 0)),
      12,
    );
    expect(bootstrapMean([7])).toEqual({ mean: 7, low: 7, high: 7, n: 1 });
    expect(bootstrapMean([])).toBeNull();
  });

  it('takes quantiles as numpy does', () => {
    const found = [0, 0.1, 0.5, 0.9, 1].map(p => quantile([1, 2, 4, 8], p));
    for (const [i, expected] of [1, 1.3, 3, 6.8, 8].entries()) expect(found[i]).toBeCloseTo(expected, 12);
  });
});

describe('pairedComparison', () => {
  it('agrees with the t statistic worked by hand', () => {
    const { difference, low, high, p, n } = pairedComparison([1, 2, 3]);
    expect([difference, n]).toEqual([2, 3]);
    // mean 2, standard deviation 1: t = 2 sqrt(3) with 2 degrees of freedom
    expect(p).toBeCloseTo(1 - Math.sqrt(12) / Math.sqrt(14), 12);
    expect(high).toBeCloseTo(2 + 4.3026527 / Math.sqrt(3), 6);
    expect(low).toBeCloseTo(2 - 4.3026527 / Math.sqrt(3), 6);
    expect(pairedComparison([5])).toMatchObject({ difference: 5, p: 1, low: null, high: null });
    expect(pairedComparison([0, 0, 0]).p).toBe(1);
    expect(pairedComparison([1, 1, 1]).p).toBe(0);
  });

  it('rejects a true hypothesis in about 5 of 100 cases, and Holm any of ten in no more', () => {
    let single = 0;
    let family = 0;
    for (let i = 0; i < 2000; i += 1) {
      if (pairedComparison(Array.from({ length: 5 }, normal)).p < 0.05) single += 1;
      const ps = Array.from({ length: 10 }, () => pairedComparison(Array.from({ length: 5 }, normal)).p);
      if (holmRejected(ps).some(Boolean)) family += 1;
    }
    expect(single / 2000).toBeGreaterThan(0.035);
    expect(single / 2000).toBeLessThan(0.065);
    expect(family / 2000).toBeLessThan(0.065);
  });

  it('rejects step by step', () => {
    expect(holmRejected([0.01, 0.04, 0.03, 0.005])).toEqual([true, false, false, true]);
    expect(holmRejected([0.04, 0.04])).toEqual([false, false]);
    expect(holmRejected([])).toEqual([]);
  });
});

describe('axisEffects', () => {
  const grid = (f: (a: number, b: number) => number, units = 3) =>
    [0, 1, 2].flatMap(a =>
      [0, 1].map(b => ({
        levels: { a: String(a), b: String(b) },
        values: Array.from({ length: units }, () => f(a, b)),
      })),
    );

  it('shares the variance of an additive response between its axes', () => {
    // Variances over the grid: 4 * 2/3 of a, 9 * 1/4 of b.
    const [a, b] = axisEffects(
      grid((x, y) => 2 * x + 3 * y),
      ['a', 'b'],
    );
    expect(a?.importance.mean).toBeCloseTo(8 / 3 / (8 / 3 + 9 / 4), 12);
    expect((a?.importance.mean ?? 0) + (b?.importance.mean ?? 0)).toBeCloseTo(1, 12);
    expect(a?.levels.map(({ level, estimate }) => [level, estimate.mean])).toEqual([
      ['0', 1.5],
      ['1', 3.5],
      ['2', 5.5],
    ]);
    expect(a?.importance.low).toBeCloseTo(a?.importance.mean ?? 0, 12);
  });

  it('leaves to no axis what they only do together, and nothing where nothing varies', () => {
    const [a, b] = axisEffects(
      [0, 1].flatMap(x => [0, 1].map(y => ({ levels: { a: `${x}`, b: `${y}` }, values: [x === y ? 1 : 0] }))),
      ['a', 'b'],
    );
    expect([a?.importance.mean, b?.importance.mean]).toEqual([0, 0]);
    expect(explainedShare([0.1, 0.1, 0.1], ['x', 'y', 'z'])).toBe(0);
  });

  it('says how unsure it is: the interval holds the truth, and is wide where units disagree', () => {
    const noisy = grid(() => 0, 8).map(observation => ({
      ...observation,
      values: observation.values.map(() => normal()),
    }));
    const [a] = axisEffects(noisy, ['a', 'b']);
    expect((a?.importance.high ?? 0) - (a?.importance.low ?? 0)).toBeGreaterThan(0.2);
    const missing = grid(x => x).map(observation => ({ ...observation, values: [1, undefined, 2] }));
    expect(axisEffects(missing, ['a'])[0]?.importance.mean).toBe(0);
  });
});

it('keeps on the Pareto front exactly what nothing beats', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ x: fc.integer({ min: 0, max: 6 }), y: fc.integer({ min: 0, max: 6 }) }), {
        maxLength: 30,
      }),
      points => {
        const beaten = (p: { x: number; y: number }): boolean =>
          points.some(q => q.x >= p.x && q.y >= p.y && (q.x > p.x || q.y > p.y));
        expect(paretoFront(points)).toEqual(points.map(p => !beaten(p)));
      },
    ),
  );
});
