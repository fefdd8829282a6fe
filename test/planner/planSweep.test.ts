import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describePlan } from '../../src/planner/describePlan.ts';
import { digestInputs } from '../../src/planner/digestInputs.ts';
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

const CAT = 'cat: {instance_data_dir: cat, instance_prompt: a moji cat, class_prompt: a cat}';
const DOG = 'dog: {instance_data_dir: dog, instance_prompt: a moji dog, class_prompt: a dog}';

async function plan(train: string, more = '', view?: StoreView, subjects = CAT): Promise<Plan> {
  const sample = more.includes('sample:') ? '' : 'sample: {prompts: [x, y], seeds: [0, 1]}';
  const text = `name: n\nmodel: model\nsubjects: {${subjects}}\ntrain: {${train}}\n${sample}\n${more}\n`;
  return planSweep(await readText(text, folder.dir), DIGESTS, view);
}

describe('planToJson', () => {
  it('counts as the contract says', async () => {
    const json = planToJson(
      await plan(
        'learning_rate: [1e-6, 2e-6], max_train_steps: [400, 800, 1200], with_prior_preservation: [false, true], num_class_images: 45',
      ),
    );
    expect({ ...json, graph: json.graph.length }).toEqual({
      sweep: 'n',
      trials: 12,
      cells: 48,
      baseline_cells: 4,
      stages: { 'class-images': 3, dreambooth: 12, sample: 52 },
      steps: { naive: 9600, planned: 4800, cached: 0, remaining: 4800 },
      images: 52,
      graph: 67,
    });
    expect(json.graph[0]).toEqual({
      key: expect.stringMatching(/^[0-9a-f]{64}$/),
      kind: 'class-images',
      needs: [],
      label: 'class images 0-19 of "a cat"',
    });
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  });

  it('shares nothing where the learning rate depends on the length', async () => {
    const { steps } = planToJson(await plan('lr_scheduler: linear, max_train_steps: [400, 800]'));
    expect(steps).toEqual({ naive: 1200, planned: 1200, cached: 0, remaining: 1200 });
    const given = planToJson(
      await plan('lr_scheduler: linear, lr_schedule_steps: 800, max_train_steps: [400, 800]'),
    );
    expect(given.steps.planned).toBe(800);
  });
});

describe('planSweep', () => {
  it('can do without the untrained model', async () => {
    const { baselineCells, images } = await plan('max_train_steps: 5', 'baseline: false');
    expect(baselineCells).toEqual([]);
    expect(images.total).toBe(4);
  });

  it('makes a baseline picture that two subjects want once', async () => {
    const { baselineCells, trials } = await plan('max_train_steps: [5, 6]', '', undefined, `${CAT}, ${DOG}`);
    expect(trials.map(({ number, subject, maxTrainSteps }) => [number, subject, maxTrainSteps])).toEqual([
      [1, 'cat', 5],
      [2, 'cat', 6],
      [3, 'dog', 5],
      [4, 'dog', 6],
    ]);
    expect(baselineCells).toHaveLength(4);
    expect(baselineCells.every(({ subjects }) => subjects.join() === 'cat,dog')).toBe(true);
  });

  it('excludes pictures by sampler settings, of the untrained model too', async () => {
    const sample = 'sample: {prompts: x, scheduler: [ddim, lms], num_inference_steps: [5, 10]}\n';
    const all = await plan('max_train_steps: [5, 6]', sample);
    const some = await plan(
      'max_train_steps: [5, 6]',
      `${sample}exclude: [{scheduler: lms, num_inference_steps: 5}]`,
    );
    const mixed = await plan(
      'max_train_steps: [5, 6]',
      `${sample}exclude: [{scheduler: lms, max_train_steps: 6}]`,
    );
    expect([all.cells.length, all.baselineCells.length]).toEqual([8, 4]);
    expect([some.cells.length, some.baselineCells.length]).toEqual([6, 3]);
    expect([mixed.cells.length, mixed.baselineCells.length]).toEqual([6, 4]);
    expect(mixed.steps).toEqual(all.steps);
  });

  it('lets a block of class images grow, and wants none where no training is left', async () => {
    const train = 'max_train_steps: 5, with_prior_preservation: true, num_class_images: 30';
    const first = await plan(train);
    expect(first.classImagesJobs.map(({ start, count }) => [start, count])).toEqual([
      [0, 20],
      [20, 10],
    ]);
    const [, tail] = first.classImageBlocks;
    const blocks = new Set(first.classImageBlocks.map(({ key }) => key));
    const view: StoreView = {
      completed: key => blocks.has(key),
      hasState: () => false,
      classImageCount: key => (key === tail?.key ? 10 : 20),
    };
    expect((await plan(train, '', view)).classImagesJobs).toEqual([]);
    const grown = await plan(train.replace('30', '45'), '', view);
    expect(grown.classImagesJobs.map(({ start, count }) => [start, count])).toEqual([
      [30, 10],
      [40, 5],
    ]);
    expect(grown.classImagesJobs[0]?.blockKey).toBe(tail?.key);

    const trained = new Set(first.trials.map(({ snapshotKey }) => snapshotKey));
    const done = await plan(train, '', { completed: key => trained.has(key), hasState: () => false });
    expect(done.classImagesJobs).toEqual([]);
    expect(done.steps.remaining).toBe(0);
  });

  it('shares a trajectory between trials that differ in an option without effect', async () => {
    const { trials, trajectories, cells, images } = await plan(
      'max_train_steps: 5, num_class_images: [10, 20]',
    );
    expect([trials.length, trajectories.length]).toEqual([2, 1]);
    expect(trials[0]?.id).not.toBe(trials[1]?.id);
    expect(trajectories[0]?.trials).toEqual(trials.map(({ id }) => id));
    expect([cells.length, images.total]).toEqual([8, 8]);
  });

  it('hands jobs options as they take effect', async () => {
    const { trajectories } = await plan(
      'max_train_steps: 5, scale_lr: true, train_batch_size: 2, lr_scheduler: linear',
    );
    expect(trajectories[0]?.options).toMatchObject({
      learningRate: 1e-5,
      scaleLr: false,
      lrScheduleSteps: 5,
    });
  });

  it('is plain data', async () => {
    const whole = await plan('max_train_steps: [5, 6], with_prior_preservation: true');
    expect(JSON.parse(JSON.stringify(whole))).toEqual(whole);
  });
});

describe('digestInputs', () => {
  it('depends on contents and their order, not on names or places', async () => {
    const sweep = await readText(
      `name: n\nmodel: model\nsubjects: {${CAT}, ${DOG}}\ntrain: {max_train_steps: 5}\nsample: {prompts: x}\n`,
      folder.dir,
    );
    const before = await digestInputs(sweep);
    const [cat] = sweep.subjects;
    if (!cat) throw new Error('no subject');
    const reversed = await digestInputs({
      ...sweep,
      subjects: [{ ...cat, name: 'tom', instanceImages: cat.instanceImages.toReversed() }],
    });
    const renamed = await digestInputs({ ...sweep, subjects: [{ ...cat, name: 'tom' }] });
    expect(renamed.subjects.tom).toEqual(before.subjects.cat);
    expect(reversed.subjects.tom?.instance).not.toBe(before.subjects.cat?.instance);
    expect(before.subjects.cat?.instance).not.toBe(before.subjects.dog?.instance);
    expect(reversed.model).toBe(before.model);
  });

  it('digests as many own class images as may be used', async () => {
    const subject =
      'cat: {instance_data_dir: cat, instance_prompt: a, class_prompt: b, class_data_dir: cats}';
    const sweep = await readText(
      `name: n\nmodel: model\nsubjects: {${subject}}\ntrain: {max_train_steps: 5, with_prior_preservation: true, num_class_images: [2, 3, 50]}\ninclude: [{num_class_images: 4}]\nsample: {prompts: x}\n`,
      folder.dir,
    );
    const digests = await digestInputs(sweep);
    expect(Object.keys(digests.subjects.cat?.class ?? {})).toEqual(['2', '3', '4', '5']);
    const { trajectories } = planSweep(sweep, digests);
    expect(
      trajectories.map(({ options, classImages }) => [options.numClassImages, classImages.from]),
    ).toEqual([
      [2, 'files'],
      [3, 'files'],
      [5, 'files'],
      [4, 'files'],
    ]);
  });
});

describe('describePlan', () => {
  it('says what is shared and what is left', async () => {
    const lines = describePlan(
      await plan('learning_rate: [1e-6, 2e-6], max_train_steps: [400, 800], with_prior_preservation: true'),
    );
    expect(lines).toEqual([
      'n: cat (3 photos); model model',
      '  learning_rate: 1e-6, 2e-6',
      '  max_train_steps: 400, 800',
      '',
      'Trials     4, 16 pictures to compare and 4 of the untrained model',
      'Trainings  2, 2 jobs to run',
      '           shared: trials that differ in max_train_steps alone are one training with snapshots; saves 800 steps',
      'Steps      2400 trial by trial, 1600 shared, 0 done before, 1600 to train',
      'Class      100 images, 100 to make, made once for 2 trainings',
      'Pictures   20, 20 to make',
      "Disk       unknown: the model's files do not tell its size",
      'Time       unknown: this workspace has no history yet',
    ]);
  });

  it('says what cannot be shared, and how it could', async () => {
    const lines = describePlan(await plan('lr_scheduler: cosine, max_train_steps: [400, 800]'), {
      seconds: 7200,
      freeDisk: null,
    });
    expect(lines).toContain(
      '           not shared: lr_scheduler cosine makes the learning rate depend on max_train_steps; give lr_schedule_steps to share',
    );
    expect(lines.at(-1)).toBe("Time       about 2 h 00 min, going by this workspace's history");
  });

  it('says that nothing is left', async () => {
    const first = await plan('max_train_steps: 5');
    const done = new Set(first.stages.map(({ key }) => key));
    const again = await plan('max_train_steps: 5', '', {
      completed: key => done.has(key),
      hasState: () => false,
    });
    expect(describePlan(again).at(-1)).toBe('Time       nothing to do');
  });
});
