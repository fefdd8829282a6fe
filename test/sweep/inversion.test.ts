import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainingPoints } from '../../src/sweep/expand.ts';
import { inversionOf } from '../../src/sweep/inversionOptions.ts';
import { readSweepText } from '../../src/sweep/readSweep.ts';
import { SweepFolder } from './sweepFolder.ts';

let folder: SweepFolder;
beforeAll(() => {
  folder = new SweepFolder();
});
afterAll(() => folder.dispose());

const read = (train: string, { prompt = 'a <moji> cat', more = '', set = [] as string[] } = {}) =>
  readSweepText(
    `name: words
model: model
subjects:
  cat: {instance_data_dir: cat, instance_prompt: ${prompt}}
train:
${train}
sample: {prompts: a <moji> cat}
${more}`,
    folder.path('sweep.yaml'),
    { set },
  );

async function complaints(train: string, prompt?: string): Promise<string[]> {
  const result = await read(train, prompt === undefined ? {} : { prompt });
  if (result.ok) throw new Error('the sweep was accepted');
  return result.diagnostics.map(({ message }) => message.replace(`${folder.dir}/`, ''));
}

const WORD = 'placeholder_token: <moji>, initializer_token: cat';

describe('textual_inversion', () => {
  it('is a block whose lists are axes', async () => {
    const result = await read(
      `  textual_inversion: {${WORD}, max_train_steps: [0, 20], learning_rate: {log: [1e-4, 1e-2], count: 3}}
  max_train_steps: [0, 5]`,
      { more: 'exclude: [{textual_inversion_max_train_steps: 0, max_train_steps: 0}]' },
    );
    if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'));
    expect(result.sweep.axes.map(({ name, values }) => [name, values])).toEqual([
      ['textual_inversion_max_train_steps', [0, 20]],
      ['textual_inversion_learning_rate', [1e-4, 1e-3, 1e-2]],
      ['max_train_steps', [0, 5]],
    ]);
    const words = trainingPoints(result.sweep).map(({ options }) => inversionOf(options));
    expect(words.filter(word => word === null)).toHaveLength(3);
    expect(words.find(word => word !== null)).toEqual({
      maxTrainSteps: 20,
      options: expect.objectContaining({
        placeholderToken: '<moji>',
        resolution: 64,
        trainBatchSize: 16,
        seed: 0,
      }),
    });
  });

  it("has the script's 5000 steps where it says nothing, and is changed from the command line", async () => {
    const train = `  textual_inversion: {${WORD}}\n  max_train_steps: 5`;
    const long = await read(train);
    expect(long.ok && long.sweep.train.textualInversionMaxTrainSteps).toEqual([5000]);
    const short = await read(train, { set: ['train.textual_inversion.max_train_steps=7,8'] });
    expect(short.ok && short.sweep.train.textualInversionMaxTrainSteps).toEqual([7, 8]);
    const off = await read('  textual_inversion: false\n  max_train_steps: 5');
    expect(off.ok && off.sweep.train.textualInversionMaxTrainSteps).toEqual([0]);
  });

  it('is refused at its place', async () => {
    expect(
      await complaints(`  textual_inversion: {${WORD}, learning_rate: fast}\n  max_train_steps: 5`),
    ).toEqual([
      'sweep.yaml:6:89: textual_inversion_learning_rate has a wrong value; expected a number above 0, or a list of such values, got "fast"',
    ]);
    expect(
      await complaints('  textual_inversion: {placeholder_token: <moji>}\n  max_train_steps: 5'),
    ).toEqual([
      expect.stringMatching(
        /textual_inversion needs an initializer_token; expected a word that it begins as/,
      ),
    ]);
    expect(await complaints(`  textual_inversion: {${WORD}}\n  max_train_steps: 5`, 'a cat')).toEqual([
      'sweep.yaml:6:42: the instance prompt of cat does not use the word that textual_inversion learns; expected <moji> in "a cat". For example: instance_prompt: a photo of <moji>',
    ]);
    expect(await complaints(`  textual_inversion: {${WORD}, learning_rat: 1}\n  max_train_steps: 5`)).toEqual(
      [
        'sweep.yaml:6:74: unknown key "learning_rat" under train.textual_inversion. Did you mean learning_rate?',
      ],
    );
    expect(await complaints('  textual_inversion: true\n  max_train_steps: 5')).toEqual([
      'sweep.yaml:6:3: train.textual_inversion has a wrong value; expected a block of options',
    ]);
    expect(await complaints('  max_train_steps: 0')).toEqual([
      'sweep.yaml:6:20: max_train_steps 0 trains nothing; expected at least 1, or a textual_inversion to be seen alone',
    ]);
  });
});
