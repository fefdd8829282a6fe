import { describe, expect, it } from 'vitest';
import { Estimator } from '../../src/runner/estimator.ts';

const jobs = [
  { id: 'a', rateKey: 'train', units: 100 },
  { id: 'b', rateKey: 'train', units: 50 },
  { id: 'c', rateKey: 'sample', units: 200 },
];

describe('Estimator', () => {
  it('knows nothing without rates, and says which ones it lacks', () => {
    const estimator = new Estimator(jobs, { train: 2 });
    expect(estimator.remainingSeconds()).toBeNull();
    expect(estimator.unknown()).toEqual(['sample']);
    estimator.setRate('sample', 0.5);
    expect(estimator.remainingSeconds()).toBe(400);
    expect(estimator.overall()).toBe(0);
  });

  it('replaces a rate by what is seen, leaving out start-up and what a checkpoint brought', () => {
    const estimator = new Estimator(jobs, { train: 2, sample: 0.5 });
    estimator.progress('a', 0.4, 30); // resumed at 40 of 100, after 30 s of loading
    expect(estimator.remainingSeconds()).toBe(60 * 2 + 50 * 2 + 100);
    estimator.progress('a', 0.5, 40); // ten units in ten seconds
    expect(estimator.remainingSeconds()).toBe(50 + 50 + 100);
    estimator.end('a');
    expect(estimator.remainingSeconds()).toBe(150);
    expect(estimator.overall()).toBeCloseTo(100 / 250);
  });

  it('begins anew when a job is tried again', () => {
    const estimator = new Estimator(jobs, { train: 1, sample: 1 });
    estimator.progress('a', 0.5, 10);
    estimator.progress('a', 0.1, 1);
    estimator.progress('a', 0.2, 31);
    expect(estimator.remainingSeconds()).toBe((80 + 50) * 3 + 200);
  });
});
