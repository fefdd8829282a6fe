import { describe, expect, it } from 'vitest';
import { checkDisk, checkHours } from '../../src/planner/limits.ts';
import type { Plan } from '../../src/planner/types.ts';

/** One training of 1000 weights with two snapshots and a state: 8 kB and 12 kB; no pictures. */
const plan = (unetWeights: number | null = 1000): Plan =>
  ({
    sweep: { model: { info: { unetWeights, textEncoderWeights: 0 } } },
    trajectories: [{ key: 't', options: { trainTextEncoder: false } }],
    trainingJobs: [{ trajectoryKey: 't', snapshots: [{}, {}], keepStateAt: [2] }],
    pictureBatches: [],
    classImagesJobs: [],
  }) as unknown as Plan;

const refusal = (text: RegExp) =>
  expect.objectContaining({ code: 'E_REFUSED', exitCode: 3, message: expect.stringMatching(text) });

describe('limits', () => {
  it('let through what fits, and all where there is none', () => {
    checkDisk(plan(), { maxDisk: null, freeDisk: null });
    checkDisk(plan(), { maxDisk: 20_000, freeDisk: 20_000 });
    checkDisk(plan(null), { maxDisk: null, freeDisk: 0 });
    checkHours(3600, { maxHours: 1 });
    checkHours(null, { maxHours: null });
  });

  it('refuse what does not, saying how much it is', () => {
    expect(() => checkDisk(plan(), { maxDisk: 19_999, freeDisk: null })).toThrow(
      refusal(/at most 20 kB \(--max-disk\), got about 20 kB/),
    );
    expect(() => checkDisk(plan(), { maxDisk: null, freeDisk: 5_000 })).toThrow(
      refusal(/5\.0 kB that are free/),
    );
    expect(() => checkHours(3601 * 2, { maxHours: 2 })).toThrow(refusal(/at most 2 h 00 min/));
  });

  it('refuse what nobody can tell, where there is a limit to it', () => {
    expect(() => checkDisk(plan(null), { maxDisk: 1e12, freeDisk: null })).toThrow(
      refusal(/do not tell its size/),
    );
    expect(() => checkHours(null, { maxHours: 5 })).toThrow(refusal(/no history/));
  });
});
