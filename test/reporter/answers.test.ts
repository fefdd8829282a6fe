import { afterEach, describe, expect, it } from 'vitest';
import { rankSettings } from '../../src/reporter/model/answers.ts';
import type { ReportModel, ReportSetting } from '../../src/reporter/model/reportModel.ts';
import type { Measured } from '../../src/reporter/model/reportSettings.ts';
import { bootstrapMean } from '../../src/reporter/statistics/bootstrap.ts';
import { readReportModel } from '../../src/reporter/writeReport.ts';
import type { ScoreValues } from '../../src/stages/score.ts';
import { chance, doseOf, syntheticScores } from '../support/syntheticScores.ts';
import { FakeWorkspace } from './fakeWorkspace.ts';

const made: FakeWorkspace[] = [];
afterEach(() => {
  for (const fake of made.splice(0)) fake.dispose();
});

interface World {
  train?: string;
  sample?: string;
  score?: (dose: number, id: string) => ScoreValues;
}

/** A sweep over learning rates and steps in a made-up world; see syntheticScores. */
async function report({ train, sample, score = syntheticScores }: World = {}): Promise<ReportModel> {
  const fake = await FakeWorkspace.create({
    text: `name: n
model: model
subjects: {cat: {instance_data_dir: cat, instance_prompt: a moji cat, class_prompt: a cat}}
train: {${train ?? 'learning_rate: [1e-5, 1e-4, 1e-3], max_train_steps: [40, 80, 160]'}}
sample: {${sample ?? 'prompts: [x], seeds: [0, 1, 2, 3]'}}
`,
    scores: (picture, plan, role) =>
      role === 'group'
        ? { diversity: 0.2 }
        : score(doseOf(picture, plan), `${picture.prompt} ${picture.seed}`),
  });
  made.push(fake);
  return readReportModel(fake.workspace, 'n');
}

/** Settings that were measured by one score alone, all on the same units. */
function fromValues(values: readonly number[][]): Measured {
  return {
    measured: values.map(own => ({
      subject: 'cat',
      untrained: false,
      values: {},
      learningRate: 1,
      steps: 1,
      sampler: {
        scheduler: 'ddim',
        numInferenceSteps: 1,
        guidanceScale: 1,
        negativePrompt: '',
        width: 8,
        height: 8,
      },
      trials: [],
      pictures: [],
      measured: new Map([['clip_i', new Map(own.map((value, unit) => [`${unit}`, value]))]]),
    })),
    settings: values.map((own, id) => {
      const estimate = bootstrapMean(own);
      return {
        id,
        subject: 'cat',
        untrained: false,
        values: {},
        learningRate: 1,
        steps: 1,
        sampler: 0,
        trials: [],
        pictures: [],
        scores: estimate ? { clip_i: estimate } : {},
        region: null,
        onFront: false,
      };
    }),
  };
}

const at = ({ settings }: ReportModel, learningRate: number, steps: number): ReportSetting | undefined =>
  settings.find(each => each.learningRate === learningRate && each.steps === steps);

describe('the answer', () => {
  it('names the setting that has both subject and prompt, and says why', async () => {
    const model = await report();
    const [answer] = model.answers;
    const best = model.settings[answer?.best ?? -1];
    expect([best?.learningRate, best?.steps]).toEqual([1e-4, 160]);
    expect(answer?.metric).toBe('balance');
    expect(answer?.reason).toMatch(
      /^Of 9 settings it best brings subject and prompt together: \d+% of the best/,
    );
    expect(model.settings[answer?.under ?? -1]).toMatchObject({ learningRate: 1e-5, steps: 40 });
    expect(model.settings[answer?.over ?? -1]).toMatchObject({ learningRate: 1e-3, steps: 160 });
    expect(answer?.comparisons.every(({ comparison }) => comparison.n === 4)).toBe(true);
    expect(answer?.command).toMatch(/^npx sweetspot train \\\n {2}--pretrained_model_name_or_path=model /);
    expect(answer?.command).toContain('--learning_rate=1e-4');
    expect(answer?.command).toContain('--max_train_steps=160');
    expect(answer?.command).toContain("--instance_prompt='a moji cat'");
    expect(answer?.command).toContain('--instance_data_dir=cat');
  });

  it('warns where the best value is the last one tried and no tie lies further in, with lines that go on', async () => {
    const model = await report({ train: 'learning_rate: [1e-5, 1e-4], max_train_steps: [40, 80, 160]' });
    expect(model.answers[0]?.edges).toEqual([
      {
        axis: 'learning_rate',
        value: 1e-4,
        side: 'highest',
        lines: 'train:\n  learning_rate: [1e-5, 1e-4, 1e-3]',
      },
    ]);
  });

  it('leaves ties ties: where nothing differs but chance, hardly ever a winner is declared', () => {
    let winners = 0;
    const simulations = 300;
    for (let i = 0; i < simulations; i += 1) {
      const measured = Array.from({ length: 6 }, (_, id) =>
        Array.from({ length: 4 }, (_, unit) => chance(`${i} ${id} ${unit}`)),
      );
      const { ties } = rankSettings(fromValues(measured), 'cat', { name: 'clip_i', direction: 'higher' });
      if (ties.length === 0) winners += 1;
    }
    expect(winners / simulations).toBeLessThan(0.05);
  });

  it('sees a real difference, in either direction', () => {
    const measured = fromValues([
      [0.1, 0.2, 0.3, 0.4, 0.5],
      [0.31, 0.39, 0.5, 0.6, 0.71],
      [0.3, 0.4, 0.5, 0.61, 0.69],
    ]);
    expect(rankSettings(measured, 'cat', { name: 'clip_i', direction: 'higher' })).toMatchObject({
      best: 1,
      ties: [2],
    });
    expect(rankSettings(measured, 'cat', { name: 'clip_i', direction: 'lower' })).toMatchObject({
      best: 0,
      ties: [],
    });
  });

  it('says nothing where nothing was measured', async () => {
    const model = await report({ score: () => ({}) });
    expect(model.metrics.map(({ name }) => name)).toEqual(['diversity']);
    expect(model.answers[0]).toMatchObject({ best: null, metric: null, command: null });
  });

  it('ranks by the subject alone where no score reads prompts, and says so', async () => {
    const model = await report({ score: (dose, id) => ({ clip_i: syntheticScores(dose, id).clip_i ?? 0 }) });
    expect(model.answers[0]?.metric).toBe('likeness');
    expect(model.answers[0]?.cautions.join(' ')).toContain('judge that by eye');
  });
});

describe('settings', () => {
  it('fall into regions by the stated rule', async () => {
    const model = await report();
    const region = (rate: number, steps: number) => at(model, rate, steps)?.region;
    expect([region(1e-5, 40), region(1e-4, 80), region(1e-3, 160)]).toEqual(['underfit', 'good', 'overfit']);
    expect(at(model, 1e-4, 80)?.scores.likeness?.mean).toBeGreaterThan(0.5);
    expect(model.settings.filter(({ untrained }) => untrained).map(each => each.region)).toEqual([null]);
    const [map] = model.maps;
    expect([map?.learningRates, map?.steps]).toEqual([
      [1e-5, 1e-4, 1e-3],
      [40, 80, 160],
    ]);
    expect(map?.settings[1]?.[2]).toBe(at(model, 1e-4, 160)?.id);
  });

  it('are not overfit where the prompt is low but was lower with less training', async () => {
    // Half of the subject is there at the lowest rate, and little of the prompt, which the untrained model follows even less.
    const model = await report({
      score: dose => ({
        clip_i: dose === 0 ? 0.3 : dose < 1e-3 ? 0.5 : 0.6,
        clip_t: dose === 0 ? 0.1 : dose < 1e-3 ? 0.12 : dose < 5e-2 ? 0.3 : 0.15,
      }),
    });
    const region = (rate: number, steps: number) => at(model, rate, steps)?.region;
    expect([region(1e-5, 40), region(1e-4, 80), region(1e-3, 160)]).toEqual(['underfit', 'good', 'overfit']);
    expect(model.answers[0]).toMatchObject({ over: at(model, 1e-3, 160)?.id });
  });

  it('measure likeness from the untrained model to the best setting', async () => {
    const model = await report({ score: dose => ({ clip_i: dose === 0 ? 0.5 : dose < 1e-3 ? 0.6 : 0.9 }) });
    expect(at(model, 1e-5, 40)?.scores.likeness?.mean).toBeCloseTo(0.25, 12);
    expect(at(model, 1e-4, 160)?.scores.likeness).toEqual({ mean: 1, low: 1, high: 1, n: 4 });
  });

  it('have no likeness by their sampler alone', async () => {
    // One sampler draws what is more like the subject whether trained or not; training adds as much to both.
    const fake = await FakeWorkspace.create({
      text: `name: n
model: model
subjects: {cat: {instance_data_dir: cat, instance_prompt: a moji cat}}
train: {learning_rate: [1e-5, 1e-3], max_train_steps: 100}
sample: {prompts: [x], seeds: [0, 1], scheduler: [ddim, pndm]}
`,
      scores: (picture, plan, role) => {
        const dose = doseOf(picture, plan);
        const by = picture.sampler.scheduler === 'ddim' ? 0.3 : 0;
        if (role === 'group') return { diversity: 0.2 };
        return { clip_i: 0.3 + by + (dose === 0 ? 0 : dose < 1e-2 ? 0.04 : 0.2), clip_t: 0.3 };
      },
    });
    made.push(fake);
    const { settings } = readReportModel(fake.workspace, 'n');
    const likeness = (untrained: boolean, rate: number | null, scheduler: string) =>
      settings.find(
        each =>
          each.untrained === untrained && each.learningRate === rate && each.values.scheduler === scheduler,
      )?.scores.likeness?.mean;
    expect(likeness(true, null, 'ddim')).toBeCloseTo(0, 12);
    expect(likeness(true, null, 'pndm')).toBe(0);
    expect(likeness(false, 1e-5, 'ddim')).toBeCloseTo(0.2, 12);
    expect(likeness(false, 1e-3, 'ddim')).toBeCloseTo(1, 12);
    const poor = settings.find(each => each.learningRate === 1e-5 && each.values.scheduler === 'ddim');
    expect(poor?.region).toBe('underfit');
  });

  it('count picture by picture, so that the untrained model has a little likeness where its pictures vary', async () => {
    const model = await report({
      score: (dose, id) => ({ clip_i: (dose === 0 ? 0.5 : 0.9) + (/[02]$/.test(id) ? 0.1 : -0.1) }),
    });
    // Pictures at +0.1 and -0.1 of a way of 0.4: a quarter of it, and 0.
    expect(model.settings.find(({ untrained }) => untrained)?.scores.likeness?.mean).toBeCloseTo(0.125, 12);
  });

  it('do not stretch a spread that is none', async () => {
    const model = await report({ score: (_, id) => ({ clip_i: 0.7, clip_t: 0.3 + 1e-4 * chance(id) }) });
    const kept = model.settings.map(({ scores }) => scores.prompt_kept?.mean ?? 0);
    expect(Math.min(...kept)).toBeGreaterThan(0.99);
  });

  it('repeat over training seeds, in pairs', async () => {
    const model = await report({
      train: 'learning_rate: [1e-5, 1e-4], max_train_steps: 160, seed: [1, 2, 3]',
      sample: 'prompts: [x], seeds: [0]',
    });
    expect(model.trials).toHaveLength(6);
    const trained = model.settings.filter(({ untrained }) => !untrained);
    expect(trained.map(({ trials }) => trials.length)).toEqual([3, 3]);
    expect(trained.map(({ scores }) => scores.clip_i?.n)).toEqual([3, 3]);
    expect(model.answers[0]?.comparisons[0]?.comparison.n).toBe(3);
    expect(model.effects.find(({ metric }) => metric === 'clip_i')?.axes.map(({ axis }) => axis)).toEqual([
      'learning_rate',
    ]);
  });
});
