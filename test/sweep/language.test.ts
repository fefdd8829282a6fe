import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainingPoints } from '../../src/sweep/expand.ts';
import { PRESETS } from '../../src/sweep/presets.ts';
import { readSweepText, type SweepChanges } from '../../src/sweep/readSweep.ts';
import type { Sweep } from '../../src/sweep/types.ts';
import { SweepFolder } from './sweepFolder.ts';

let folder: SweepFolder;
beforeAll(() => {
  folder = new SweepFolder();
});
afterAll(() => folder.dispose());

const HEAD = `name: n
model: model
subjects:
  cat: {instance_data_dir: cat, instance_prompt: a moji cat, class_prompt: a cat}
sample: {prompts: x, scheduler: [ddim, lms], num_inference_steps: [25, 100]}
`;
const TWO = HEAD.replace('sample:', '  dog: {instance_data_dir: dog, instance_prompt: a moji dog}\nsample:');

const file = () => folder.path('sweep.yaml');

async function read(text: string, changes?: SweepChanges): Promise<Sweep> {
  const result = await readSweepText(text, file(), changes);
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'));
  return result.sweep;
}

async function complaints(text: string, changes?: SweepChanges): Promise<string[]> {
  const result = await readSweepText(text, file(), changes);
  if (result.ok) throw new Error('the sweep was accepted');
  return result.diagnostics.map(({ message }) => message.replace(`${folder.dir}/`, ''));
}

/** Subject and axis values of every trial, as `cat 1e-6 400`. */
const trials = (sweep: Sweep): string[] =>
  trainingPoints(sweep).map(({ subject, values }) => [subject.name, ...Object.values(values)].join(' '));

describe('when', () => {
  it('keeps a value only under its condition', async () => {
    const sweep = await read(`${HEAD}train:
  max_train_steps: 5
  learning_rate: [2e-6, 5e-6, 1e-5]
  train_text_encoder: [false, true]
when:
  - {if: {train_text_encoder: true}, only: {learning_rate: {at_most: 5e-6}}}
`);
    expect(trials(sweep)).toEqual([
      'cat 0.000002 false',
      'cat 0.000002 true',
      'cat 0.000005 false',
      'cat 0.000005 true',
      'cat 0.00001 false',
    ]);
  });

  it('knows lists, all four bounds and subjects', async () => {
    const sweep = await read(`${TWO}train:
  max_train_steps: {from: 100, to: 600, by: 100}
when:
  - {if: {subject: dog}, only: {max_train_steps: {above: 100, below: 400}}}
  - {if: {subject: [cat]}, only: {max_train_steps: [100, 600]}}
exclude: [{max_train_steps: {at_least: 600, at_most: 600}}]
`);
    expect(trials(sweep)).toEqual(['cat 100', 'dog 200', 'dog 300']);
  });

  it('complains about what could never do anything', async () => {
    const rule = (text: string): Promise<string[]> =>
      complaints(`${HEAD}train: {max_train_steps: [1, 2], seed: 0}\nwhen: [${text}]\n`);
    expect(await rule('{if: {seed: 1}, only: {max_train_steps: 1}}')).toEqual([
      'sweep.yaml:7:20: when matches nothing: seed never has this value; expected one of 0, got 1',
    ]);
    expect(await rule('{if: {seed: 0}, only: {max_train_steps: {above: 2}}}')).toEqual([
      'sweep.yaml:7:48: when matches nothing: max_train_steps never has a value within these bounds; expected one of 1, 2',
    ]);
    expect(await rule('{if: {}, only: {subject: dgo}}')).toEqual([
      'sweep.yaml:7:13: a block of when.if is empty; expected values of options',
      'sweep.yaml:7:33: there is no subject "dgo"; expected one of cat',
    ]);
    expect(await rule('{if: {seed: 0}, then: {seed: 0}}')).toEqual([
      'sweep.yaml:7:8: only is missing under when.0; expected a block of options and the values they have',
      'sweep.yaml:7:24: unknown key "then" under when.0; expected one of if, only',
    ]);
    expect(await rule('{if: {seed: {min: 0}}, only: {seed: 0}}, {if: {seed: 0}, only: {seed: {}}}')).toEqual([
      'sweep.yaml:7:21: unknown key "min" under when.0.if.seed; expected one of at_least, at_most, above, below',
      'sweep.yaml:7:78: seed has no condition; expected a value, a list of values, or a bound (at_least, at_most, above, below)',
    ]);
    expect(
      await rule(
        '{if: {max_train_steps: 1}, only: {seed: 0}}, {if: {seed: 0}, only: {max_train_steps: 1}}',
      ).catch(() => ['accepted']),
    ).toEqual(['accepted']);
  });
});

describe('preset', () => {
  it.each(Object.keys(PRESETS))('%s gives what the file leaves out', async name => {
    const sweep = await read(`${HEAD}preset: ${name}\n`);
    const steps = PRESETS[name]?.train.max_train_steps;
    expect(sweep.train.maxTrainSteps).toEqual([steps]);
    expect(sweep.train.learningRate).toEqual([2e-6]);
    const own = await read(`${HEAD}preset: ${name}\ntrain: {learning_rate: [1e-6, 5e-6]}\n`);
    expect(own.train.learningRate).toEqual([1e-6, 5e-6]);
    expect(own.train.maxTrainSteps).toEqual([steps]);
    expect(own.axes.map(axis => axis.name)).toEqual(['learning_rate', 'scheduler', 'num_inference_steps']);
  });

  it('is known by name, and something must say how long to train', async () => {
    expect(await complaints(`${HEAD}preset: fase\n`)).toEqual([
      'sweep.yaml:6:9: preset has a wrong value; expected one of object, face, face-text-encoder, got "fase". Did you mean face?',
    ]);
    expect(await complaints(`${HEAD}train: {seed: 1}\n`)).toEqual([
      'sweep.yaml:6:1: max_train_steps is missing under train; expected a whole number from 0 to 10000000, or a list of such values',
    ]);
  });

  it('needs a class prompt where it turns prior preservation on', async () => {
    const text = `${HEAD.replace(', class_prompt: a cat', '')}preset: face\n`;
    expect(await complaints(text)).toEqual([
      expect.stringMatching(/^sweep.yaml:6:9: prior preservation needs a class prompt/),
    ]);
  });
});

describe("a subject's own options", () => {
  const own = (train: string): string => TWO.replace('a moji dog}', `a moji dog, train: ${train}}`);

  it('take the place of those under train, as values or as lists', async () => {
    const text = own('{max_train_steps: [800, 1200], train_batch_size: 2}');
    const sweep = await read(`${text}train: {max_train_steps: 400, learning_rate: [1e-6, 2e-6]}\n`);
    expect(trials(sweep)).toEqual([
      'cat 400 0.000001 4',
      'cat 400 0.000002 4',
      'dog 800 0.000001 2',
      'dog 800 0.000002 2',
      'dog 1200 0.000001 2',
      'dog 1200 0.000002 2',
    ]);
    expect(sweep.axes.map(({ name, values }) => [name, values])).toEqual([
      ['max_train_steps', [400, 800, 1200]],
      ['learning_rate', [1e-6, 2e-6]],
      ['train_batch_size', [4, 2]],
      ['scheduler', ['ddim', 'lms']],
      ['num_inference_steps', [25, 100]],
    ]);
  });

  it('may say how long to train for every subject, and can be excluded by', async () => {
    const text = HEAD.replace('a cat}', 'a cat, train: {max_train_steps: [5, 6]}}');
    expect(trials(await read(`${text}exclude: [{max_train_steps: 5}]\n`))).toEqual(['cat']);
  });

  it('leave a zip with one value, and keep step with a list', async () => {
    const rest =
      'train: {max_train_steps: 5, learning_rate: [1e-6, 2e-6], seed: [1, 2]}\nzip: [[learning_rate, seed]]\n';
    expect(trials(await read(`${own('{seed: 7}')}${rest}`))).toEqual([
      'cat 0.000001 1',
      'cat 0.000002 2',
      'dog 0.000001 7',
      'dog 0.000002 7',
    ]);
    expect(await complaints(`${own('{seed: [7, 8, 9]}')}${rest}`)).toEqual([
      'sweep.yaml:8:7: zipped options differ in their numbers of values for dog; expected equally many (learning_rate has 2, seed has 3)',
    ]);
  });

  it('are checked where they stand', async () => {
    expect(
      await complaints(
        `${own('{max_train_stps: 5, learning_rate: 0, resolution: 66}')}train: {max_train_steps: 5}\n`,
      ),
    ).toEqual([
      'sweep.yaml:5:70: unknown key "max_train_stps" under subjects.dog.train. Did you mean max_train_steps?',
      'sweep.yaml:5:104: learning_rate has a wrong value; expected a number above 0, got 0',
      "sweep.yaml:5:119: resolution does not fit the model; expected a multiple of 4, its VAE's factor, got 66",
    ]);
  });
});

it('repeats a sweep over training seeds, which share class images', async () => {
  const sweep = await read(
    `${HEAD}train: {max_train_steps: [5, 6], with_prior_preservation: true, seed: [0, 1, 2]}\n`,
  );
  expect(trials(sweep)).toHaveLength(6);
  expect(sweep.axes[1]).toMatchObject({ name: 'seed', block: 'train', values: [0, 1, 2] });
});

describe('overrides', () => {
  const TRAIN = `${HEAD}train: {max_train_steps: 5, learning_rate: [1e-6, 2e-6]}\n`;
  const set = (...overrides: string[]): SweepChanges => ({ set: overrides });

  it('replace values, add some, and read VALUE as YAML', async () => {
    const sweep = await read(
      TRAIN,
      set(
        'train.learning_rate=3e-6,0.000004',
        'seed={from: 1, to: 3, by: 1}',
        'num_inference_steps=[10]',
        'sample.prompts="a cat, sitting",a dog',
        'subjects.cat.instance_prompt=a photo of a moji cat',
        'baseline=false',
        'name=first',
        'name=second',
        'exclude=[{seed: 2}]',
        'negative_prompt=""',
      ),
    );
    expect(sweep.train.learningRate).toEqual([3e-6, 4e-6]);
    expect(sweep.train.seed).toEqual([1, 2, 3]);
    expect(sweep.sample.numInferenceSteps).toEqual([10]);
    expect(sweep.subjects[0]).toMatchObject({
      instancePrompt: 'a photo of a moji cat',
      prompts: ['a cat, sitting', 'a dog'],
    });
    expect(sweep).toMatchObject({ name: 'second', baseline: false });
    expect(sweep.commandLine).toContain('-S name=second');
  });

  it('replace whole blocks', async () => {
    const sweep = await read(TRAIN, set('train={max_train_steps: 7}', 'learning_rate=3e-6'));
    expect(sweep.train).toMatchObject({ maxTrainSteps: [7], learningRate: [3e-6] });
  });

  it('are named where they are wrong, after the problems of the file', async () => {
    const wrong = set(
      'train.learning_rate=1e-6,fast',
      'learning_rat=1',
      'train.lerning_rate=1',
      'seed=',
      'seed',
      'train.max_train_steps.x=1',
      'sample.seeds=[1',
      'model=nowhere',
    );
    const problems = await complaints(TRAIN, wrong);
    expect(problems).toEqual([
      '-S learning_rat=1: there is no option learning_rat. Did you mean learning_rate?',
      '-S seed=: has no value. For empty text write seed=\'""\'',
      '-S seed: is no override. Write -S KEY=VALUE, for example -S train.learning_rate=1e-6,2e-6',
      '-S train.max_train_steps.x=1: cannot be set: train.max_train_steps is no block in the file',
      expect.stringMatching(/^-S sample.seeds=\[1: is no valid value: /),
    ]);
    expect(
      await complaints(
        `${TRAIN}keep_state: x\n`,
        set('train.learning_rate=1e-6,fast', 'train.lerning_rate=1', 'model=nowhere'),
      ),
    ).toEqual([
      'sweep.yaml:7:13: keep_state has a wrong value; expected one of last, all, none, got "x"',
      '-S train.learning_rate=1e-6,fast: learning_rate has a wrong value; expected a number above 0, got "fast"',
      '-S train.lerning_rate=1: unknown key "lerning_rate" under train. Did you mean learning_rate?',
      '-S model=nowhere: there is no model folder nowhere; expected pocket, or a folder in diffusers layout. Paths are relative to the sweep file',
    ]);
  });

  it('do not make rules of the file wrong that are about what they replaced', async () => {
    const sweep = await read(`${TRAIN}exclude: [{learning_rate: 2e-6}]\n`, set('learning_rate=1e-5'));
    expect(sweep.train.learningRate).toEqual([1e-5]);
  });

  it('find subjects with dots in their names', async () => {
    const text = TRAIN.replace('cat:', 'my.cat:');
    const sweep = await read(text, set('subjects.my.cat.train.max_train_steps=9'));
    expect(sweep.subjects[0]?.train).toEqual({ maxTrainSteps: [9] });
  });
});

describe('a selection', () => {
  const TRAIN = `${TWO}train: {max_train_steps: [5, 10], learning_rate: [1e-6, 2e-6]}\n`;

  it('keeps what meets one of only and none of exclude', async () => {
    expect(trials(await read(TRAIN, { only: ['learning_rate=1e-6,subject=cat'] }))).toEqual([
      'cat 5',
      'cat 10',
    ]);
    expect(
      trials(await read(TRAIN, { only: ['subject=cat', 'subject=dog,max_train_steps>5'] })),
    ).toHaveLength(6);
    expect(trials(await read(TRAIN, { exclude: ['max_train_steps=5,10,subject=dog'] }))).toHaveLength(4);
    expect(trials(await read(TRAIN, { only: ['learning_rate<=1.5e-6'], exclude: ['subject=dog'] }))).toEqual([
      'cat 5',
      'cat 10',
    ]);
  });

  it('is named where it is wrong', async () => {
    const only = ['learning_rate=3e-6', 'larning_rate=1', 'subject=bird', '1e-6', 'scheduler<ddim', ''];
    expect(await complaints(TRAIN, { only })).toEqual([
      '--only learning_rate=3e-6: learning_rate matches nothing; expected one of 1e-6, 2e-6',
      '--only larning_rate=1: there is no option larning_rate. Did you mean learning_rate?',
      '--only subject=bird: subject matches nothing; expected one of "cat", "dog"',
      '--only 1e-6: is no choice; expected NAME=VALUE, for example learning_rate=1e-5',
      '--only scheduler<ddim: < wants a number',
      '--only : is empty; expected NAME=VALUE',
    ]);
    const mixed = ['learning_rate>1e-6,2e-6', 'max_train_steps=5,max_train_steps<=10'];
    expect(await complaints(TRAIN, { only: mixed })).toEqual([
      '--only learning_rate>1e-6,2e-6: has both values and bounds for one name',
      '--only max_train_steps=5,max_train_steps<=10: has both values and bounds for one name',
    ]);
    const all = { only: ['subject=cat'], exclude: ['subject=cat'] };
    expect(await complaints(TRAIN, all)).toEqual(['--only subject=cat: leaves nothing to train']);
  });
});
