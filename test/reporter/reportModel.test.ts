import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { PictureGrid, ReportModel } from '../../src/reporter/model/reportModel.ts';
import { readReportModel } from '../../src/reporter/writeReport.ts';
import { PICTURE_FILE } from '../../src/stages/sample.ts';
import { stageDir } from '../../src/store/stageStore.ts';
import { type FakeOptions, FakeWorkspace } from './fakeWorkspace.ts';

const made: FakeWorkspace[] = [];
afterEach(() => {
  for (const fake of made.splice(0)) fake.dispose();
});

async function fake(text: string, options: Omit<FakeOptions, 'text'> = {}): Promise<FakeWorkspace> {
  const workspace = await FakeWorkspace.create({ text, ...options });
  made.push(workspace);
  return workspace;
}

const model = async (text: string): Promise<ReportModel> => {
  const { workspace, name } = await fake(text);
  return readReportModel(workspace, name);
};

const CAT = 'cat: {instance_data_dir: cat, instance_prompt: a moji cat, class_prompt: a cat}';
const DOG =
  'dog: {instance_data_dir: dog, instance_prompt: a moji dog, class_prompt: a dog, prompts: [bark]}';

const sweep = (train: string, sample = 'prompts: [x, y], seeds: [7, 3]', more = '', subjects = CAT): string =>
  `name: n\nmodel: model\nsubjects: {${subjects}}\ntrain: {${train}}\nsample: {${sample}}\n${more}\n`;

const TWO_BY_TWO = 'learning_rate: [1e-4, 2e-6], max_train_steps: [8, 4]';

const lines = ({ rows, columns }: PictureGrid) => ({
  rows: rows.map(({ values }) => Object.values(values).join('+')),
  columns: columns.map(({ values }) => Object.values(values).join('+')),
});

describe('grids', () => {
  it('run over learning rate and steps, by size, with the untrained model before each row', async () => {
    const { grids, pictures, trials, baseline } = await model(sweep(TWO_BY_TWO));
    expect(grids.map(({ subject, prompt, fixed }) => ({ subject, prompt, fixed }))).toEqual([
      { subject: 'cat', prompt: 'x', fixed: {} },
      { subject: 'cat', prompt: 'y', fixed: {} },
    ]);
    const [grid] = grids;
    expect(grid && lines(grid)).toEqual({ rows: ['0.000002', '0.0001'], columns: ['4', '8'] });
    expect(grid?.seeds).toEqual([7, 3]);
    expect(baseline).toBe(true);
    expect(grid?.base.map(cell => cell?.trial)).toEqual([null, null]);
    expect(grid?.base[0]?.pictures).toEqual(grid?.base[1]?.pictures);
    for (const [r, row] of (grid?.cells ?? []).entries()) {
      for (const [c, cell] of row.entries()) {
        const trial = trials.find(({ number }) => number === cell?.trial);
        expect(trial).toMatchObject({ learningRate: [2e-6, 1e-4][r], steps: [4, 8][c], state: 'complete' });
        expect(cell?.pictures.map(key => pictures[key ?? '']?.state)).toEqual(['complete', 'complete']);
      }
    }
  });

  it('split by every further axis, of training and of sampling', async () => {
    const { grids } = await model(
      sweep(
        `${TWO_BY_TWO}, with_prior_preservation: [false, true], num_class_images: 4`,
        'prompts: [x], seeds: [0], scheduler: [pndm, ddim], num_inference_steps: 5',
      ),
    );
    expect(grids.map(({ fixed }) => fixed)).toEqual(
      [false, true].flatMap(prior =>
        ['pndm', 'ddim'].map(scheduler => ({ with_prior_preservation: prior, scheduler })),
      ),
    );
    for (const grid of grids) {
      expect(lines(grid)).toEqual({ rows: ['0.000002', '0.0001'], columns: ['4', '8'] });
      expect(grid.base[0]?.values).toEqual({ scheduler: grid.fixed.scheduler });
      expect(grid.base[0]?.sampler.scheduler).toBe(grid.fixed.scheduler);
    }
  });

  it.each([
    ['one option alone', 'learning_rate: 3e-6, max_train_steps: [4, 8]', 'x', ['0.000003'], ['4', '8']],
    ['no axis', 'learning_rate: 3e-6, max_train_steps: 4', 'x', ['0.000003'], ['4']],
    [
      'no steps',
      'learning_rate: [1e-6, 3e-6], train_batch_size: [1, 2], max_train_steps: 4',
      'x',
      ['0.000001', '0.000003'],
      ['1', '2'],
    ],
    ['no learning rate', 'train_batch_size: [2, 1], max_train_steps: [4, 8]', 'x', ['1', '2'], ['4', '8']],
  ])('take other options where there is %s', async (_, train, prompt, rows, columns) => {
    const { grids } = await model(sweep(train, `prompts: [${prompt}], seeds: [0]`));
    expect(grids.map(lines)).toEqual([{ rows, columns }]);
    expect(grids[0]?.base.every(cell => cell !== null)).toBe(true);
  });

  it('take a sampling option for rows where training has none, each with its own untrained pictures', async () => {
    const { grids } = await model(
      sweep('learning_rate: 1e-6, max_train_steps: 4', 'prompts: [x], seeds: [0], scheduler: [pndm, ddim]'),
    );
    expect(grids.map(lines)).toEqual([{ rows: ['pndm', 'ddim'], columns: ['4'] }]);
    expect(grids[0]?.base.map(cell => cell?.sampler.scheduler)).toEqual(['pndm', 'ddim']);
  });

  it('keep options that move together in one direction', async () => {
    const { grids } = await model(
      sweep(
        'learning_rate: [1e-6, 2e-6], train_batch_size: [1, 2], max_train_steps: [4, 8]',
        'prompts: [x], seeds: [0]',
        'zip: [[learning_rate, train_batch_size]]',
      ),
    );
    expect(grids.map(lines)).toEqual([{ rows: ['0.000001+1', '0.000002+2'], columns: ['4', '8'] }]);
  });

  it('leave excluded combinations empty', async () => {
    const { grids } = await model(
      sweep(TWO_BY_TWO, 'prompts: [x], seeds: [0]', 'exclude: [{learning_rate: 1e-4, max_train_steps: 8}]'),
    );
    expect(grids[0]?.cells.map(row => row.map(cell => cell !== null))).toEqual([
      [true, true],
      [true, false],
    ]);
  });

  it('do without the untrained model where the sweep does', async () => {
    const { grids, baseline, subjects } = await model(sweep(TWO_BY_TWO, undefined, 'baseline: false'));
    expect(baseline).toBe(false);
    expect(grids[0]?.base).toEqual([null, null]);
    expect(subjects[0]?.baseline).toEqual([]);
  });

  it('belong to their subject, with its own prompts', async () => {
    const { grids, subjects } = await model(sweep(TWO_BY_TWO, undefined, '', `${CAT}, ${DOG}`));
    expect(grids.map(({ subject, prompt }) => `${subject} ${prompt}`)).toEqual([
      'cat x',
      'cat y',
      'dog bark',
    ]);
    expect(subjects.map(({ name, photos, baseline }) => [name, photos.length, baseline.length])).toEqual([
      ['cat', 3, 4],
      ['dog', 1, 2],
    ]);
  });
});

describe('trials', () => {
  it('have the smoothed loss at their own step of a shared training', async () => {
    const { workspace } = await fake(sweep(TWO_BY_TWO), { loss: step => step });
    const { trials, steps, trajectories } = readReportModel(workspace, 'n');
    expect(trials.map(({ number, values }) => [number, values.max_train_steps])).toEqual([
      [1, 8],
      [2, 4],
      [3, 8],
      [4, 4],
    ]);
    const [long, short] = trials;
    expect(short?.finalLoss).toBeCloseTo(2.5, 0);
    expect(long?.finalLoss).toBeGreaterThan(short?.finalLoss ?? 0);
    expect(steps).toEqual({ naive: 24, planned: 16 });
    expect(trajectories.map(({ trials: shared, losses }) => [shared, losses.length])).toEqual([
      [[1, 2], 8],
      [[3, 4], 8],
    ]);
  });

  it('have their share of the time of their training, whoever trained it and in how many goes', async () => {
    const workspace = await fake(sweep(TWO_BY_TWO));
    const [first, second] = workspace.plan.trajectories.map(({ key }) => `train-${key.slice(0, 10)}`);
    workspace.attempt('dreambooth', first ?? '', { units: 4, seconds: 8, outcome: 'done' });
    // Another sweep went on with it, to a step that this one does not ask for.
    workspace.attempt('dreambooth', first ?? '', { sweep: 'm', units: 16, seconds: 12, outcome: 'done' });
    workspace.attempt('dreambooth', first ?? '', { units: 4, seconds: 99, outcome: 'stopped' });
    workspace.attempt('dreambooth', second ?? '', { units: 4, seconds: 99, outcome: 'failed' });
    const { trials } = readReportModel(workspace.workspace, 'n');
    expect(trials.map(({ steps, seconds }) => [steps, seconds])).toEqual([
      [8, 8],
      [4, 4],
      [8, null],
      [4, null],
    ]);
  });

  it('fail with the error of their training, and all that waits for it with them', async () => {
    const { workspace, plan, ...rest } = await fake(sweep(TWO_BY_TWO), {
      without: (stage, { trajectories, pictures }) => {
        const gone = trajectories[0]?.snapshots.at(-1)?.key;
        return (
          stage.key === gone ||
          pictures.some(({ key, snapshotKey }) => key === stage.key && snapshotKey === gone)
        );
      },
    });
    const [failing] = plan.trajectories;
    made[0]?.fail('dreambooth', `train-${failing?.key.slice(0, 10)}`, {
      code: 'E_WORKER',
      what: 'an old story',
    });
    made[0]?.fail('dreambooth', `train-${failing?.key.slice(0, 10)}`, {
      code: 'E_NOT_FINITE',
      what: 'the loss became NaN',
      place: 'step 6',
      hint: 'Lower the learning rate',
    });
    const report = readReportModel(workspace, rest.name);
    expect(report.trials.map(({ state }) => state)).toEqual(['failed', 'complete', 'complete', 'complete']);
    expect(report.trials[0]).toMatchObject({
      reason: 'step 6: the loss became NaN. Lower the learning rate',
      seconds: null,
      finalLoss: null,
    });
    const states = Object.values(report.pictures).filter(({ state }) => state === 'failed');
    expect(states).toHaveLength(4);
    expect(new Set(states.map(({ reason }) => reason))).toEqual(new Set([report.trials[0]?.reason]));
    expect(report.failures).toEqual([
      {
        kind: 'dreambooth',
        label: expect.stringContaining('train-'),
        message: report.trials[0]?.reason,
        class: null,
        log: null,
      },
    ]);
    expect(report.trajectories[0]?.losses.at(-1)?.step).toBe(4);
    expect(report.provenance.stages).toEqual([
      { kind: 'dreambooth', done: 3, total: 4 },
      { kind: 'sample', done: 16, total: 20 },
    ]);
  });

  it('are missing pieces where nothing failed', async () => {
    const { workspace, plan } = await fake(sweep(TWO_BY_TWO), {
      without: ({ key }, { pictures, cells }) => key === cells[0]?.pictureKey || key === pictures[0]?.key,
    });
    const gone = plan.cells[1]?.pictureKey ?? '';
    rmSync(join(stageDir(workspace, gone), PICTURE_FILE));
    const { trials, pictures, failures } = readReportModel(workspace, 'n');
    expect(trials[0]).toMatchObject({ state: 'missing', reason: '2 of 4 pictures missing' });
    expect(trials[1]?.state).toBe('complete');
    expect(pictures[plan.cells[0]?.pictureKey ?? '']).toEqual({
      state: 'missing',
      reason: 'not made yet',
      path: null,
      scores: {},
    });
    expect(pictures[gone]).toEqual({
      state: 'missing',
      reason: 'the file is gone',
      path: null,
      scores: {},
    });
    expect(pictures[plan.pictures[0]?.key ?? '']?.state).toBe('missing');
    expect(failures).toEqual([]);
  });

  it('name a failed batch of pictures, and class images that could not be made', async () => {
    const { workspace, plan } = await fake(
      sweep(`${TWO_BY_TWO}, with_prior_preservation: true, num_class_images: 4`),
      { without: ({ kind }) => kind !== 'sample' },
    );
    made[0]?.fail('class-images', `class-images-${plan.classImageBlocks[0]?.key.slice(0, 10)}`, {
      code: 'E_WORKER',
      what: 'the worker died',
    });
    made[0]?.fail('sample', 'pictures-1', { code: 'E_OUT_OF_MEMORY', what: 'the heap is full' });
    const { trials, failures } = readReportModel(workspace, 'n');
    expect(
      trials.every(
        ({ state, reason }) => state === 'failed' && reason === 'no class images: the worker died',
      ),
    ).toBe(true);
    // The first batch is the untrained model's, which is there: its failure is history.
    expect(failures.map(({ kind }) => kind)).toEqual(['class-images']);
  });

  it('blame a picture batch for its own pictures alone', async () => {
    const { workspace, plan } = await fake(sweep(TWO_BY_TWO), {
      without: ({ key }, { pictureBatches }) => pictureBatches[1]?.missing.includes(key) ?? false,
    });
    made[0]?.fail('sample', 'pictures-2', { code: 'E_OUT_OF_MEMORY', what: 'the heap is full' });
    const { pictures, trials } = readReportModel(workspace, 'n');
    const failed = Object.entries(pictures).filter(([, { state }]) => state === 'failed');
    expect(failed.map(([key]) => key).sort()).toEqual([...(plan.pictureBatches[1]?.missing ?? [])].sort());
    expect(trials.filter(({ state }) => state === 'failed').map(({ reason }) => reason)).toEqual([
      'the heap is full',
    ]);
  });
});

it('is plain data, the same for the same store, and says where everything comes from', async () => {
  const { workspace } = await fake(sweep(TWO_BY_TWO));
  const first = readReportModel(workspace, 'n');
  expect(JSON.parse(JSON.stringify(first))).toEqual(first);
  expect(readReportModel(workspace, 'n')).toEqual(first);
  expect(first.sweep).toMatchObject({ name: 'n', file: 'sweep.yaml' });
  expect(first.sweep.text).toContain('max_train_steps: [8, 4]');
  expect(first.model).toMatchObject({ name: 'model', licence: null });
  expect(first.model.digest).toMatch(/^[0-9a-f]{64}$/);
  expect(first.provenance).toEqual({
    backends: ['wasm, 2 threads'],
    versions: { node: ['v20.0.0'], tfjs: ['4.22.0'] },
    tools: ['0.1.0'],
    stages: [
      { kind: 'dreambooth', done: 4, total: 4 },
      { kind: 'sample', done: 20, total: 20 },
    ],
    reused: 0,
    slots: [
      { slot: null, kind: 'dreambooth', seconds: 4 * 42.5 },
      { slot: null, kind: 'sample', seconds: 20 * 0.5 },
    ],
    computeSeconds: 4 * 42.5 + 20 * 0.5,
    firstStartedAt: '2026-01-02T03:00:10.000Z',
    lastFinishedAt: '2026-01-02T03:04:09.000Z',
  });
});

it('refuses a name that is not there, and says which are', async () => {
  const { workspace } = await fake(sweep(TWO_BY_TWO));
  expect(() => readReportModel(workspace, 'm')).toThrow(
    /m: there is no sweep of this name.*expected one of n/,
  );
});
