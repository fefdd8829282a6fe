import { expect, it } from 'vitest';
import { showRun } from '../../src/cli/runProgress.ts';

it('says what is to make, whatever it is', () => {
  const said: string[] = [];
  const show = showRun({ update: () => undefined, clear: () => undefined, say: text => said.push(text) });
  const nothing = { event: 'start', sweep: 'n', steps: 0, pictures: 0, classImages: 0, scores: 0 } as const;
  show({ ...nothing, jobs: 1, scores: 10 });
  show({ ...nothing, jobs: 2, steps: 1, pictures: 2 });
  show({ ...nothing, jobs: 0 });
  expect(said).toEqual([
    'n: 10 measurements to make',
    'n: 1 training step, 2 pictures to make',
    'n: everything is there already, nothing to compute',
  ]);
});
