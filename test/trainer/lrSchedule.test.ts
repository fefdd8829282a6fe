import { describe, expect, it } from 'vitest';
import type { LrSchedulerName } from '../../src/stages/job.ts';
import { type LrScheduleOptions, learningRateAt } from '../../src/trainer/lrSchedule.ts';

const base: LrScheduleOptions = {
  lrScheduler: 'constant',
  learningRate: 10,
  warmupSteps: 2,
  totalSteps: 10,
  numCycles: 1,
  power: 1,
};

const rates = (options: Partial<LrScheduleOptions>, count = 10): number[] =>
  Array.from({ length: count }, (_, update) => learningRateAt({ ...base, ...options }, update));

const expectRates = (got: number[], wanted: number[]): void =>
  wanted.forEach((rate, i) => {
    expect(Math.abs((got[i] ?? Number.NaN) - rate), `update ${i}`).toBeLessThan(1e-2);
  });

// The lists that transformers publishes in its optimization tests (rate 10, 2 warm-up steps, 10 in all).
describe('learningRateAt', () => {
  it.each<[LrSchedulerName, Partial<LrScheduleOptions>, number[]]>([
    ['constant', {}, [10, 10, 10, 10, 10, 10, 10, 10, 10, 10]],
    ['constant_with_warmup', { warmupSteps: 4 }, [0, 2.5, 5, 7.5, 10, 10, 10, 10, 10, 10]],
    ['linear', {}, [0, 5, 10, 8.75, 7.5, 6.25, 5, 3.75, 2.5, 1.25]],
    ['cosine', {}, [0, 5, 10, 9.61, 8.53, 6.91, 5, 3.08, 1.46, 0.38]],
    ['cosine_with_restarts', { numCycles: 2 }, [0, 5, 10, 8.53, 5, 1.46, 10, 8.53, 5, 1.46]],
    ['polynomial', { power: 2 }, [0, 5, 10, 7.656, 5.625, 3.906, 2.5, 1.406, 0.625, 0.156]],
  ])('%s gives the published list', (lrScheduler, options, wanted) => {
    expectRates(rates({ lrScheduler, ...options }), wanted);
  });

  it('lets cosine ignore the number of cycles', () => {
    expect(rates({ lrScheduler: 'cosine', numCycles: 3 })).toEqual(rates({ lrScheduler: 'cosine' }));
  });

  it('stays at its end after the horizon', () => {
    const late = (lrScheduler: LrSchedulerName) => learningRateAt({ ...base, lrScheduler, numCycles: 3 }, 13);
    expect(late('linear')).toBe(0);
    expect(late('cosine_with_restarts')).toBe(0);
    expect(late('polynomial')).toBeCloseTo(1e-7, 12);
    expect(learningRateAt({ ...base, lrScheduler: 'cosine_with_restarts' }, 10)).toBe(0);
  });

  it('survives a warm-up longer than the training', () => {
    for (const lrScheduler of ['linear', 'cosine', 'cosine_with_restarts', 'polynomial'] as const) {
      expect(rates({ lrScheduler, warmupSteps: 500 }).at(-1), lrScheduler).toBeCloseTo((10 * 9) / 500);
    }
    expect(learningRateAt({ ...base, lrScheduler: 'polynomial', warmupSteps: 10 }, 10)).toBeCloseTo(1e-7, 12);
  });

  it('refuses a polynomial that would have to rise', () => {
    expect(() => learningRateAt({ ...base, lrScheduler: 'polynomial', learningRate: 1e-7 }, 0)).toThrow(
      /learning_rate: .*expected more than 1e-7, got 1e-7/,
    );
  });
});
