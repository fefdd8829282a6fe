import { describe, expect, it } from 'vitest';
import { trainingJobs } from '../../src/planner/trainingJobs.ts';
import type { StoreView, Trajectory } from '../../src/planner/types.ts';

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
