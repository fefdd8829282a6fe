import { describe, expect, it } from 'vitest';
import { trainingJobs } from '../../src/planner/trainingJobs.ts';
import type { StoreView, Trajectory } from '../../src/planner/types.ts';
import type { EmaOptions } from '../../src/stages/ema.ts';

const keyAt = (step: number): string => `at ${step}`;

/** The parts of a trajectory that jobs depend on. */
const trajectory = (...steps: number[]): Trajectory =>
  ({ key: 't', snapshots: steps.map(step => ({ step, key: keyAt(step) })) }) as unknown as Trajectory;

interface There {
  done?: number[];
  states?: number[];
  /** States of which only the store knows. */
  others?: number[];
  /** Let go, and which of the missing are needed. */
  released?: number[];
  needed?: number[];
}

function jobs(
  steps: number[],
  { done = [], states = [], others = [], released = [], needed = [] }: There,
  keepState: 'last' | 'all' | 'none' = 'last',
) {
  const view: StoreView = {
    completed: key => done.some(step => keyAt(step) === key),
    hasState: key => [...states, ...others].some(step => keyAt(step) === key),
    stateSteps: () => others,
    released: key => released.some(step => keyAt(step) === key),
  };
  const choice = { view, keepState, keyAt, needed: new Set(needed.map(keyAt)) };
  return trainingJobs(trajectory(...steps), choice).map(({ fromStep, snapshots, keepStateAt }) => ({
    from: fromStep,
    through: snapshots.map(({ step }) => step),
    keepStateAt,
  }));
}

describe('trainingJobs', () => {
  it('trains once through everything in an empty workspace', () => {
    expect(jobs([400, 800, 1200], {})).toEqual([{ from: 0, through: [400, 800, 1200], keepStateAt: [1200] }]);
  });

  it('goes on from the nearest earlier state', () => {
    const there = { done: [400, 800], states: [400, 800] };
    expect(jobs([400, 800, 1200], there)).toEqual([{ from: 800, through: [1200], keepStateAt: [1200] }]);
    expect(jobs([400, 600, 800], there)).toEqual([{ from: 400, through: [600], keepStateAt: [] }]);
  });

  it('makes a snapshot of its own state, where a run was killed between the two, and does not keep it twice', () => {
    expect(jobs([400, 800], { done: [400], states: [800] })).toEqual([
      { from: 800, through: [800], keepStateAt: [] },
    ]);
    expect(jobs([400, 800, 1200], { done: [400], states: [800] }, 'all')).toEqual([
      { from: 800, through: [800, 1200], keepStateAt: [1200] },
    ]);
  });

  it('starts over where no state is left, but only as far as the last missing step', () => {
    const there = { done: [400, 800, 1200], states: [1200] };
    expect(jobs([400, 600, 800, 1200], there)).toEqual([{ from: 0, through: [600], keepStateAt: [] }]);
  });

  it('splits where a state lies ahead of what the first part reaches, and only there', () => {
    expect(jobs([600, 800, 1000], { done: [800], states: [800] })).toEqual([
      { from: 0, through: [600], keepStateAt: [] },
      { from: 800, through: [1000], keepStateAt: [1000] },
    ]);
    expect(jobs([600, 1000], { states: [], done: [] })).toEqual([
      { from: 0, through: [600, 1000], keepStateAt: [1000] },
    ]);
  });

  it("uses a state that another sweep left, and gives that snapshot's key", () => {
    expect(jobs([600, 1200], { others: [500] })).toEqual([
      { from: 500, through: [600, 1200], keepStateAt: [1200] },
    ]);
    const view: StoreView = {
      completed: () => false,
      hasState: key => key === 'at 500',
      stateSteps: () => [500],
    };
    expect(
      trainingJobs(trajectory(600), { view, keepState: 'last', keyAt, needed: new Set() })[0]
        ?.fromSnapshotKey,
    ).toBe('at 500');
  });

  it('keeps state where the sweep wants it', () => {
    expect(jobs([1, 2], {}, 'all')[0]?.keepStateAt).toEqual([1, 2]);
    expect(jobs([1, 2], {}, 'none')[0]?.keepStateAt).toEqual([]);
  });

  it('makes what was let go only where something needs it', () => {
    expect(jobs([400, 800], { done: [800], released: [400] })).toEqual([]);
    expect(jobs([400, 800], { released: [400, 800], needed: [400] })).toEqual([
      { from: 0, through: [400], keepStateAt: [] },
    ]);
    expect(jobs([400, 800], { released: [400], states: [400] })).toEqual([
      { from: 400, through: [800], keepStateAt: [800] },
    ]);
  });

  it('has no job where everything is there, with or without state', () => {
    expect(jobs([1, 2], { done: [1, 2] })).toEqual([]);
  });
});

describe('averages of the weights', () => {
  const ema = {
    decay: 0.99,
    minDecay: 0,
    updateAfterStep: 0,
    useEmaWarmup: false,
    invGamma: 1,
    power: 2 / 3,
  };
  const other = { ...ema, decay: 0.9 };
  const key = (step: number, average?: EmaOptions): string =>
    average ? `average ${average.decay} at ${step}` : keyAt(step);

  /** Snapshots and averages (of two kinds) at every step; what is done and has state is given by keys and steps. */
  function averaged(steps: number[], done: string[], states: number[]) {
    const wanted = (average: EmaOptions) => steps.map(step => ({ step, key: key(step, average), average }));
    const both = { ...trajectory(...steps), averages: [...wanted(ema), ...wanted(other)] };
    const view: StoreView = {
      completed: stage => done.includes(stage),
      hasState: stage => states.some(step => keyAt(step) === stage),
    };
    return trainingJobs(both, { view, keepState: 'last', keyAt: key, needed: new Set() }).map(job => ({
      from: job.fromStep,
      through: job.snapshots.map(snapshot => snapshot.key),
      averages: job.averages.map(({ average, fromKey }) => [average.decay, fromKey]),
      keepStateAt: job.keepStateAt,
    }));
  }
  const all = (step: number): string[] => [key(step, ema), key(step, other), key(step)];

  it('come from the training of the weights', () => {
    const averages = [
      [0.99, null],
      [0.9, null],
    ];
    const through = [...all(100), ...all(200)];
    expect(averaged([100, 200], [], [])).toEqual([{ from: 0, through, averages, keepStateAt: [200] }]);
  });

  it('are gone on with where they are there beside the state', () => {
    const averages = [
      [0.99, key(100, ema)],
      [0.9, key(100, other)],
    ];
    const there = all(100);
    expect(averaged([100, 200], there, [100])).toEqual([
      { from: 100, through: all(200), averages, keepStateAt: [200] },
    ]);
  });

  it('start over where one is asked for after the weights were trained; the weights are not made again', () => {
    const there = [keyAt(100), keyAt(200), key(100, ema), key(200, ema)];
    expect(averaged([100, 200], there, [100, 200])).toEqual([
      { from: 0, through: [key(100, other), key(200, other)], averages: [[0.9, null]], keepStateAt: [] },
    ]);
  });
});
