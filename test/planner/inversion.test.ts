import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describePlan } from '../../src/planner/describePlan.ts';
import { planSweep } from '../../src/planner/planSweep.ts';
import { planToJson } from '../../src/planner/planToJson.ts';
import type { Plan, StoreView } from '../../src/planner/types.ts';
import { SweepFolder } from '../sweep/sweepFolder.ts';
import { DIGESTS, readText } from './randomSweep.ts';

let folder: SweepFolder;
beforeAll(() => {
  folder = new SweepFolder();
});
afterAll(() => folder.dispose());

const NOT_NOTHING = 'exclude: [{textual_inversion_max_train_steps: 0, max_train_steps: 0}]';

async function plan(train: string, view?: StoreView, rule = NOT_NOTHING): Promise<Plan> {
  const text = `name: n
model: model
subjects: {cat: {instance_data_dir: cat, instance_prompt: a <moji> cat}}
train: {${train}}
sample: {prompts: x}
${rule}
`;
  return planSweep(await readText(text, folder.dir), DIGESTS, view);
}

const WORD = 'placeholder_token: <moji>, initializer_token: cat';
const TRAIN = `textual_inversion: {${WORD}, max_train_steps: [0, 100, 200]}, max_train_steps: [0, 10], learning_rate: [1e-6, 2e-6]`;

describe('a plan with textual inversions', () => {
  it('trains a word once for all trials that begin with it, and goes on from it', async () => {
    const made = await plan(TRAIN);
    const json = planToJson(made);
    expect(json).toMatchObject({
      trials: 10,
      stages: { 'textual-inversion': 2, dreambooth: 6 },
      // Words: 4 x 100 + 4 x 200; trainings: 6 x 10. Shared: one word of 200, six trainings of 10.
      steps: { naive: 1260, planned: 260, cached: 0, remaining: 260 },
    });
    const words = json.graph.filter(({ kind }) => kind === 'textual-inversion');
    const users = json.graph.filter(({ needs }) => needs.includes(words[1]?.key ?? ''));
    expect(users.map(({ kind }) => kind).toSorted()).toEqual(['dreambooth', 'dreambooth', 'sample']);
    expect(made.inversionJobs).toMatchObject([{ fromStep: 0, snapshots: [{ step: 100 }, { step: 200 }] }]);
    expect(describePlan(made).join('\n')).toContain(
      '1 textual inversion of 200 steps, made once for 4 trainings',
    );
  });

  it('shows the word alone where nothing is trained after it', async () => {
    const { trials, inversions, pictures } = await plan(TRAIN);
    const alone = trials.filter(({ maxTrainSteps }) => maxTrainSteps === 0);
    expect(new Set(alone.map(({ snapshotKey }) => snapshotKey))).toEqual(
      new Set(inversions?.[0]?.snapshots.map(({ key }) => key)),
    );
    expect(pictures.some(({ snapshotKey }) => snapshotKey === alone[0]?.snapshotKey)).toBe(true);
  });

  it('wants nothing again that is there', async () => {
    const first = await plan(TRAIN);
    const there = new Set(first.stages.map(({ key }) => key));
    const view = { completed: (key: string) => there.has(key), hasState: () => false };
    expect((await plan(TRAIN, view)).steps).toMatchObject({ planned: 260, remaining: 0 });
  });

  it('keeps the names of trainings that have no textual inversion', async () => {
    const [plain, word] = [await plan('max_train_steps: 10', undefined, ''), await plan(TRAIN)];
    const [trajectory] = plain.trajectories;
    const other = await plan(
      'max_train_steps: 10, textual_inversion: {max_train_steps: 0, learning_rate: 1e-3}',
      undefined,
      '',
    );
    expect(other.trajectories[0]?.key).toBe(trajectory?.key);
    expect(word.trajectories.map(({ key }) => key)).not.toContain(trajectory?.key);
  });
});
