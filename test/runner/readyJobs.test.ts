import { describe, expect, it } from 'vitest';
import { criticalPaths } from '../../src/runner/criticalPaths.ts';
import type { PlannedJob } from '../../src/runner/jobs/plannedJob.ts';
import { ReadyJobs } from '../../src/runner/readyJobs.ts';

const job = (id: string, rest: Partial<PlannedJob> = {}): PlannedJob =>
  ({ id, kind: 'sample', units: 1, rateKey: 'r', needs: [], makes: [], priority: 1, ...rest }) as PlannedJob;

const seconds = ({ units }: PlannedJob): number => units;
const anyone = { holds: null, fits: () => true };

function ready(jobs: PlannedJob[]): ReadyJobs {
  const list = new ReadyJobs(jobs, criticalPaths(jobs, seconds));
  for (const each of jobs.filter(({ needs }) => needs.length === 0)) list.add(each);
  return list;
}

function takeAll(list: ReadyJobs, taker: Parameters<ReadyJobs['takeFor']>[0] = anyone): string[] {
  const ids: string[] = [];
  for (let next = list.takeFor(taker); next; next = list.takeFor(taker)) ids.push(next.id);
  return ids;
}

describe('criticalPaths', () => {
  it('is the longest chain of seconds that hangs on a job', () => {
    const jobs = [
      job('class', { units: 5, makes: ['c'] }),
      job('train', { units: 100, needs: ['c'], makes: ['s1', 's2'] }),
      job('short', { units: 2, needs: ['s1'], makes: ['p1'] }),
      job('long', { units: 30, needs: ['s2'] }),
      job('score', { units: 9, needs: ['p1'] }),
    ];
    const paths = criticalPaths(jobs, seconds);
    expect(jobs.map(each => paths.get(each))).toEqual([135, 130, 11, 30, 9]);
  });
});

describe('ReadyJobs', () => {
  it('gives the longest path first, then the higher priority, then plan order', () => {
    const list = ready([
      job('quick', { units: 1 }),
      job('second', { units: 3 }),
      job('wanted', { units: 3, priority: 2 }),
      job('third', { units: 3 }),
      job('feeder', { units: 1, makes: ['x'] }),
      job('fed', { units: 50, needs: ['x'] }),
    ]);
    expect(takeAll(list)).toEqual(['feeder', 'wanted', 'second', 'third', 'quick']);
    expect(list.size).toBe(0);
  });

  it('prefers weights that the taker holds, among jobs of one kind', () => {
    const list = ready([
      job('a1', { units: 5, weights: 'a' }),
      job('b1', { units: 4, weights: 'b' }),
      job('a2', { units: 3, weights: 'a' }),
      job('b2', { units: 2, weights: 'b' }),
    ]);
    expect(takeAll(list, { holds: 'b', fits: () => true })).toEqual(['b1', 'b2', 'a1', 'a2']);
    const mixed = ready([job('train', { kind: 'dreambooth', units: 9 }), job('b1', { weights: 'b' })]);
    expect(takeAll(mixed, { holds: 'b', fits: () => true })).toEqual(['train', 'b1']);
  });

  it('gives nobody what does not fit, and lets it be taken out', () => {
    const list = ready([job('large', { units: 9 }), job('small')]);
    const small = { holds: null, fits: ({ id }: PlannedJob) => id === 'small' };
    expect(takeAll(list, small)).toEqual(['small']);
    expect(list.has(small)).toBe(false);
    expect(list.takeWhere(({ id }) => id === 'large').map(({ id }) => id)).toEqual(['large']);
    expect(list.has(anyone)).toBe(false);
  });

  it('keeps the order of thousands', () => {
    const jobs = Array.from({ length: 5000 }, (_, i) => job(`${i}`, { units: (i * 7919) % 1000 }));
    const taken = takeAll(ready(jobs)).map(id => ((Number(id) * 7919) % 1000) as number);
    expect(taken).toEqual(taken.toSorted((a, b) => b - a));
  });
});
