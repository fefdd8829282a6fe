import { expect, it } from 'vitest';
import { Estimator } from '../../src/runner/estimator.ts';
import type { RunEvent } from '../../src/runner/events.ts';
import type { PlannedJob } from '../../src/runner/jobs/plannedJob.ts';
import { RunProgress } from '../../src/runner/runProgress.ts';

it('says each warning of its workers once a run, whichever job it comes from', () => {
  const events: RunEvent[] = [];
  const progress = new RunProgress(new Estimator([], {}), event => events.push(event));
  for (const [id, message] of [
    ['1', 'too long'],
    ['2', 'too long'],
    ['2', 'other'],
    ['3', 'too long'],
  ] as const) {
    const job = { id } as PlannedJob;
    progress.message(job, 'cpu', { type: 'warning', job: id, message }, 0);
    progress.message(job, 'cpu', { type: 'metric', job: id, step: 1, loss: 1, lr: 1 }, 0);
  }
  expect(events.flatMap(event => (event.event === 'warning' ? [event.message] : []))).toEqual([
    'too long',
    'other',
  ]);
  expect(events.filter(({ event }) => event === 'metric')).toHaveLength(4);
});
