import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstNotFinite, smoothLosses, thinLosses } from '../../src/reporter/model/lossCurve.ts';
import { parseLosses } from '../../src/stages/lossLog.ts';

const lines = (losses: readonly number[]) => losses.map((loss, i) => ({ step: i + 1, loss, lr: 1e-5 }));

describe('smoothLosses', () => {
  it('begins at the first loss and weighs the past by 0.95', () => {
    const [first, second] = smoothLosses(lines([4, 1]));
    expect(first).toEqual({ step: 1, loss: 4, smoothed: 4 });
    // (0.95 * 0.05 * 4 + 0.05 * 1) / (1 - 0.95^2)
    expect(second?.smoothed).toBeCloseTo(0.24 / 0.0975, 12);
  });

  it('leaves a constant as it is, and stays between the lowest and the highest loss', () => {
    for (const { smoothed } of smoothLosses(lines(Array(300).fill(0.25))))
      expect(smoothed).toBeCloseTo(0.25, 12);
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1 }), losses => {
        const [low, high] = [Math.min(...losses) - 1e-9, Math.max(...losses) + 1e-9];
        return smoothLosses(lines(losses)).every(({ smoothed }) => smoothed >= low && smoothed <= high);
      }),
    );
  });

  it('leaves out what is no number, and names the first such step', () => {
    const log = parseLosses(
      '{"step":1,"loss":0.5,"lr":1}\n{"step":2,"loss":null,"lr":1}\n{"step":3,"loss":0.5,"lr":1}\n',
    );
    expect(smoothLosses(log).map(({ step }) => step)).toEqual([1, 3]);
    expect(firstNotFinite(log)).toBe(2);
    expect(firstNotFinite(lines([1, 2]))).toBeNull();
  });
});

describe('thinLosses', () => {
  it('keeps short curves whole', () => {
    const points = smoothLosses(lines([3, 1, 2]));
    expect(thinLosses(points)).toEqual(points);
  });

  it('keeps the ends, the lowest and the highest point of long ones, in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 30, maxLength: 400 }),
        fc.integer({ min: 4, max: 28 }),
        (losses, half) => {
          const points = smoothLosses(lines(losses));
          const thin = thinLosses(points, 2 * half);
          expect(thin.length).toBeLessThanOrEqual(Math.max(2 * half + 2, points.length));
          expect(thin[0]).toBe(points[0]);
          expect(thin.at(-1)).toBe(points.at(-1));
          expect(Math.max(...thin.map(({ loss }) => loss))).toBe(Math.max(...losses));
          expect(Math.min(...thin.map(({ loss }) => loss))).toBe(Math.min(...losses));
          const steps = thin.map(({ step }) => step);
          expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
        },
      ),
    );
    expect(thinLosses(smoothLosses(lines(Array.from({ length: 10_000 }, Math.sin)))).length).toBeLessThan(
      403,
    );
  });
});
