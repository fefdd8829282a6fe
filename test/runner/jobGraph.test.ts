import { describe, expect, it } from 'vitest';
import { JobGraph } from '../../src/runner/jobGraph.ts';
import type { PlannedJob } from '../../src/runner/jobs/plannedJob.ts';

const job = (id: string, needs: string[], makes: string[]): PlannedJob => ({
  id,
  kind: 'sample',
  label: id,
  units: 1,
  rateKey: 'r',
  representative: {
    kind: 'sample',
    parameters: {
      modelDir: '',
      snapshotDir: null,
      sampler: {
        scheduler: 'ddim',
        numInferenceSteps: 1,
        guidanceScale: 1,
        negativePrompt: '',
        width: 8,
        height: 8,
      },
      pictures: [],
    },
  },
  needs,
  makes,
  priority: 1,
  build: () => {
    throw new Error('not built here');
  },
});

const ids = (jobs: PlannedJob[]): string[] => jobs.map(({ id }) => id);

describe('JobGraph', () => {
  it('gives out a job once all it needs is made, and what no job makes counts as there', () => {
    const graph = new JobGraph([
      job('class', [], ['c1']),
      job('train', ['c1', 'c0'], ['s1', 's2']),
      job('early', ['s1'], ['p1']),
      job('late', ['s2'], ['p2']),
      job('cached', ['old snapshot'], ['p3']),
    ]);
    expect(ids(graph.takeReady())).toEqual(['class', 'cached']);
    expect(ids(graph.takeReady())).toEqual([]);
    graph.made('c1');
    expect(ids(graph.takeReady())).toEqual(['train']);
    graph.made('s1');
    expect(ids(graph.takeReady())).toEqual(['early']);
    graph.made('s2');
    expect(ids(graph.takeReady())).toEqual(['late']);
    expect(graph.waiting).toBe(0);
  });

  it('blocks what hangs on a failed job, but not what its finished part serves', () => {
    const train = job('train', [], ['s1', 's2']);
    const graph = new JobGraph([
      train,
      job('early', ['s1'], ['p1']),
      job('late', ['s2'], ['p2']),
      job('score', ['p2'], ['x']),
    ]);
    graph.takeReady();
    graph.made('s1');
    expect(ids(graph.takeBlockedBy(train))).toEqual(['late', 'score']);
    expect(ids(graph.takeReady())).toEqual(['early']);
    expect(graph.waiting).toBe(0);
  });
});
