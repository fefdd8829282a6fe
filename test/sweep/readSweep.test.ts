import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplerPoints, trainingPoints } from '../../src/sweep/expand.ts';
import { inversionDefaults } from '../../src/sweep/inversionOptions.ts';
import { readSweep, readSweepText } from '../../src/sweep/readSweep.ts';
import type { Sweep } from '../../src/sweep/types.ts';
import { SweepFolder } from './sweepFolder.ts';

let folder: SweepFolder;
beforeAll(() => {
  folder = new SweepFolder();
});
afterAll(() => folder.dispose());

const HEAD = `name: cats
model: model
subjects:
  cat: {instance_data_dir: cat, instance_prompt: a photo of a moji cat, class_prompt: a photo of a cat}
`;
const SAMPLE = 'sample: {prompts: a moji cat}\n';

async function read(text: string): Promise<Sweep> {
  const result = await readSweepText(text, folder.path('sweep.yaml'));
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'));
  return result.sweep;
}

async function complaints(text: string): Promise<string[]> {
  const result = await readSweepText(text, folder.path('sweep.yaml'));
  if (result.ok) throw new Error('the sweep was accepted');
  return result.diagnostics.map(({ message }) => message.replace(`${folder.dir}/`, ''));
}

describe('a valid sweep file', () => {
  it('is resolved with the defaults of the script, the pipeline and the model', async () => {
    const sweep = await read(`${HEAD}train: {max_train_steps: 100}\n${SAMPLE}`);
    expect(sweep.train).toEqual({
      maxTrainSteps: [100],
      learningRate: [5e-6],
      scaleLr: [false],
      lrScheduler: ['constant'],
      lrWarmupSteps: [0],
      lrNumCycles: [1],
      lrPower: [1],
      lrScheduleSteps: [null],
      trainBatchSize: [4],
      gradientAccumulationSteps: [1],
      trainTextEncoder: [false],
      resolution: [64],
      centerCrop: [false],
      withPriorPreservation: [false],
      priorLossWeight: [1],
      numClassImages: [100],
      classSeed: [0],
      classNumInferenceSteps: [50],
      classGuidanceScale: [7.5],
      adamBeta1: [0.9],
      adamBeta2: [0.999],
      adamWeightDecay: [0.01],
      adamEpsilon: [1e-8],
      maxGradNorm: [1],
      offsetNoise: [false],
      mixedPrecision: ['no'],
      use8bitAdam: [false],
      snrGamma: [null],
      textEncoderLearningRate: [null],
      captionExtension: [null],
      useEma: [false],
      emaDecay: [0.9999],
      emaMinDecay: [0],
      emaUpdateAfterStep: [0],
      useEmaWarmup: [false],
      emaInvGamma: [1],
      emaPower: [2 / 3],
      seed: [0],
      ...Object.fromEntries(Object.entries(inversionDefaults).map(([field, value]) => [field, [value]])),
    });
    expect(sweep.sample).toEqual({
      scheduler: ['pndm'],
      numInferenceSteps: [50],
      guidanceScale: [7.5],
      negativePrompt: [''],
      width: [64],
      height: [64],
      seeds: [0],
    });
    expect(sweep).toMatchObject({ baseline: true, keepState: 'last', sampleBatchSize: 8, axes: [] });
    expect(sweep.model).toMatchObject({ name: 'model', dir: folder.path('model') });
  });

  it('lists photos by the bytes of their names, without hidden files', async () => {
    const sweep = await read(`${HEAD}train: {max_train_steps: 100}\n${SAMPLE}`);
    expect(sweep.subjects[0]?.instanceImages).toEqual(
      ['C.png', 'a.png', 'b.png'].map(name => folder.path(`cat/${name}`)),
    );
  });

  it('takes numbers by value, drops duplicates and keeps the order of the file', async () => {
    const sweep = await read(`${HEAD}train:
  max_train_steps: [800, 400, 800, 4.0e+2]
  learning_rate: [5e-6, 0.000001, 1e-6, 1E-6, 1.0e-06]
sample: {prompts: [x, y, x], seeds: [3, 1, 3]}
`);
    expect(sweep.train.maxTrainSteps).toEqual([800, 400]);
    expect(sweep.train.learningRate).toEqual([5e-6, 1e-6]);
    expect(sweep.axes.map(({ name, values }) => [name, values])).toEqual([
      ['max_train_steps', [800, 400]],
      ['learning_rate', [5e-6, 1e-6]],
    ]);
    expect(sweep.subjects[0]?.prompts).toEqual(['x', 'y']);
    expect(sweep.sample.seeds).toEqual([3, 1]);
  });

  it('expands ranges to the numbers a person would list', async () => {
    const sweep = await read(`${HEAD}train:
  max_train_steps: {from: 200, to: 1200, by: 200}
  learning_rate: {log: [1e-6, 1e-4], count: 5}
sample: {prompts: x, guidance_scale: {from: 0.1, to: 0.3, by: 0.1}, seeds: {from: 0, to: 3, by: 1}}
`);
    expect(sweep.train.maxTrainSteps).toEqual([200, 400, 600, 800, 1000, 1200]);
    expect(sweep.train.learningRate).toEqual([1e-6, 3.16228e-6, 1e-5, 3.16228e-5, 1e-4]);
    expect(sweep.sample.guidanceScale).toEqual([0.1, 0.2, 0.3]);
    expect(sweep.sample.seeds).toEqual([0, 1, 2, 3]);
  });

  it("prefers a subject's own prompts", async () => {
    const sweep = await read(`name: two
model: model
subjects:
  cat: {instance_data_dir: cat, instance_prompt: a}
  dog: {instance_data_dir: dog, instance_prompt: b, prompts: [a dog]}
train: {max_train_steps: 5}
sample: {prompts: [a cat]}
`);
    expect(sweep.subjects.map(({ prompts }) => prompts)).toEqual([['a cat'], ['a dog']]);
  });

  it('follows aliases', async () => {
    const sweep = await read(
      `${HEAD}train: {max_train_steps: &steps [1, 2], lr_warmup_steps: *steps}\n${SAMPLE}`,
    );
    expect(sweep.train.lrWarmupSteps).toEqual([1, 2]);
  });

  it('zips, excludes and includes', async () => {
    const sweep = await read(`${HEAD}train:
  learning_rate: [1e-6, 1e-6, 2e-6]
  train_batch_size: [1, 2, 4]
  max_train_steps: [10, 20]
sample: {prompts: x, scheduler: [ddim, lms], num_inference_steps: [10, 20]}
zip: [[learning_rate, train_batch_size]]
exclude: [{learning_rate: 2e-6, max_train_steps: 20}, {scheduler: lms, num_inference_steps: 10}]
include: [{learning_rate: 9e-6, train_batch_size: 8}]
`);
    const rows = trainingPoints(sweep).map(({ values }) => Object.values(values));
    expect(rows).toEqual([
      [1e-6, 1, 10],
      [1e-6, 1, 20],
      [1e-6, 2, 10],
      [1e-6, 2, 20],
      [2e-6, 4, 10],
      [9e-6, 8, 10],
      [9e-6, 8, 20],
    ]);
    expect(samplerPoints(sweep)).toHaveLength(4);
    expect(sweep.axes.find(({ name }) => name === 'learning_rate')?.values).toEqual([1e-6, 2e-6, 9e-6]);
  });
});

describe('a faulty sweep file', () => {
  it('is reported whole, every problem at its place', async () => {
    mkdirSync(folder.path('empty'), { recursive: true });
    folder.write('mixed/notes.txt', 'hello');
    folder.write('mixed/a.png', 'not a picture at all');
    folder.write('mixed/ok.gif', 'GIF89a');
    const text = `name: a/b
model: nomodel
extra: 1
subjects:
  cat:
    instance_data_dir: empty
    instance_promt: a photo of a moji cat
  dog:
    instance_data_dir: mixed
    instance_prompt: 12
train:
  learning_rat: 1
  learning_rate: ["1e-6", -1, fast]
  max_train_steps: {from: 400, to: 1200}
  with_prior_preservation: yes
  prompts: [a]
  seed: .nan
  snr_gamma: .inf
sample:
  prompts: [x]
  scheduler: [pnmd, ddim]
  seeds: 1_000
zip: [[learning_rate, train_batch_siz]]
exclude: [{seed: 3}, {foo: 1}]
keep_state:
`;
    expect(await complaints(text)).toEqual([
      'sweep.yaml:1:7: name has a wrong value; expected letters, digits, dots, dashes and underscores, no dot first, at most 100, got "a/b"',
      'sweep.yaml:2:8: there is no model folder nomodel; expected pocket, or a folder in diffusers layout. Paths are relative to the sweep file',
      'sweep.yaml:3:1: unknown key "extra"; expected one of name, model, subjects, preset, train, sample, score, baseline, zip, exclude, when, include, keep_state, notes',
      'sweep.yaml:5:3: instance_prompt is missing under subjects.cat; expected text',
      'sweep.yaml:6:24: the folder empty is empty; expected at least one picture',
      'sweep.yaml:7:5: unknown key "instance_promt" under subjects.cat. Did you mean instance_prompt?',
      'sweep.yaml:9:24: a.png in mixed is no picture; expected PNG, JPEG, WebP, GIF, TIFF or AVIF, got text. Move it elsewhere',
      'sweep.yaml:9:24: notes.txt in mixed is no picture; expected PNG, JPEG, WebP, GIF, TIFF or AVIF, got text. If it is the caption of a picture, give caption_extension: txt under train',
      'sweep.yaml:10:22: instance_prompt has a wrong value; expected text, got 12. Put it in quotes: "12"',
      'sweep.yaml:12:3: unknown key "learning_rat" under train. Did you mean learning_rate?',
      'sweep.yaml:13:19: learning_rate has a wrong value; expected a number above 0, got "1e-6". Write it without quotes: 1e-6',
      'sweep.yaml:13:27: learning_rate has a wrong value; expected a number above 0, got -1',
      'sweep.yaml:13:31: learning_rate has a wrong value; expected a number above 0, got "fast"',
      'sweep.yaml:14:3: by is missing under train.max_train_steps; expected a number above 0',
      'sweep.yaml:15:28: with_prior_preservation has a wrong value; expected true or false, or a list of such values, got "yes". Write true, without quotes',
      'sweep.yaml:16:3: unknown key "prompts" under train. It belongs under sample',
      'sweep.yaml:17:9: seed has a wrong value; expected a whole number, 0 or more, or a list of such values, got NaN',
      'sweep.yaml:18:14: snr_gamma has a wrong value; expected a number above 0, or a list of such values, got Infinity',
      'sweep.yaml:21:15: scheduler has a wrong value; expected one of ddpm, ddim, pndm, lms, euler, dpm-solver-multistep, got "pnmd". Did you mean pndm?',
      'sweep.yaml:22:10: seeds has a wrong value; expected a whole number, 0 or more, or a list of such values, got "1_000". Write 1000',
      'sweep.yaml:23:23: there is no option "train_batch_siz" to zip. Did you mean train_batch_size?',
      'sweep.yaml:24:23: unknown key "foo" under exclude.1; expected an option of this block',
      'sweep.yaml:25:12: keep_state has a wrong value; expected one of last, all, none, got nothing (null)',
    ]);
  });

  it('shows the line with a caret under the place', async () => {
    const result = await readSweepText(
      `${HEAD}train: {max_train_steps: 0}\n${SAMPLE}`,
      folder.path('s.yaml'),
    );
    expect(result.ok ? [] : result.diagnostics.map(({ excerpt }) => excerpt)).toEqual([
      ['5 | train: {max_train_steps: 0}', '  |                          ^'],
    ]);
  });

  it('cuts a long line around the place', async () => {
    const long = `train: {max_train_steps: 1, lr_scheduler: ${' '.repeat(300)}bad}`;
    const result = await readSweepText(`${HEAD}${long}\n${SAMPLE}`, folder.path('s.yaml'));
    const [line, caret] = (result.ok ? undefined : result.diagnostics[0]?.excerpt) ?? ['', ''];
    expect(line?.indexOf('bad')).toBe(caret?.indexOf('^'));
    expect(line?.length).toBeLessThan(110);
  });

  it.each([
    ['', 1, /the sweep file has a wrong value; expected a block with name/],
    ['- 1\n', 1, /got a list/],
    ['name: [1\n', 2, /flow sequence/i],
    [`${HEAD}name: again\n`, 5, /5:1: the key "name" is there twice/],
    [`${HEAD}\ttrain: 1\n`, 5, /Tabs are not allowed.*Indent with spaces/],
    [`${HEAD}train: !!python/object 1\n`, 5, /tag/],
    [`${HEAD}train: *nowhere\n`, 5, /anchor &nowhere/],
    [`${HEAD}---\nname: b\n`, 5, /holds multiple documents. A line of --- begins another one/],
    [
      `${HEAD}train: {max_train_steps: 1}\nnotes: a cat: on the moon\n`,
      6,
      /Put text with a colon in it in quotes/,
    ],
    [`${HEAD}? [a, b]\n: 1\n`, 5, /plain word/],
  ])('says where %j is no sweep', async (text, line, message) => {
    const result = await readSweepText(text, folder.path('s.yaml'));
    const [first] = result.ok ? [] : result.diagnostics;
    expect(first?.message).toMatch(message);
    expect(first?.line).toBe(line);
  });

  it('survives aliases that multiply', async () => {
    const levels = Array.from({ length: 20 }, (_, i) => {
      const members =
        i === 0 ? '1, 1' : `*a${i - 1}, *a${i - 1}, *a${i - 1}, *a${i - 1}, *a${i - 1}, *a${i - 1}`;
      return `l${i}: &a${i} [${members}]`;
    });
    expect(await complaints(`${HEAD}${levels.join('\n')}\n`)).toEqual([
      expect.stringMatching(/holds too much/),
    ]);
    expect(await complaints(`${HEAD}zip: &a [*a]\n`)).toEqual([
      expect.stringMatching(/holds too much|anchor/),
    ]);
  });

  it('says that train is missing only where nothing stands for it', async () => {
    expect(await complaints(`${HEAD}preset: person\n${SAMPLE}`)).toEqual([
      expect.stringMatching(/preset has a wrong value; expected one of object, face/),
    ]);
    expect(await complaints('- 1\n')).toHaveLength(1);
    expect(await complaints(`${HEAD}${SAMPLE}`)).toEqual([expect.stringMatching(/train is missing/)]);
  });

  it.each([
    ['guidance_scale', '1,5', 'Write 1.5, or [1, 5] for a list'],
    ['guidance_scale', '0,5', 'Write 0.5'],
    ['num_inference_steps', '25, 50', 'Write [25, 50] for a list'],
    ['num_inference_steps', '400,800', 'Write 400800, or [400, 800] for a list'],
    ['num_inference_steps', '1 000', 'Write 1000'],
    ['num_inference_steps', '1_0', 'Write 10'],
    ['num_inference_steps', '"25"', 'Write it without quotes: 25'],
    ['sample_batch_size', '1, 2', null],
    ['sample_batch_size', '2,000', 'Write 2000'],
  ])('knows what %s: %s may mean', async (name, value, hint) => {
    const text = `${HEAD}train: {max_train_steps: 1}\nsample:\n  prompts: x\n  ${name}: ${value}\n`;
    const result = await readSweepText(text, folder.path('s.yaml'));
    expect(result.ok ? [] : result.diagnostics.map(found => found.hint)).toEqual([hint]);
  });

  it('refuses another encoding than UTF-8, at its line', async () => {
    const text = `${HEAD}train: {max_train_steps: 1}\nsample: {prompts: a möji cat}\n`;
    const latin = await readSweep(folder.write('latin1.yaml', Buffer.from(text, 'latin1')));
    expect(latin).toMatchObject({ ok: false, diagnostics: [{ what: 'line 6 is no UTF-8', line: 6 }] });
    const wide = await readSweep(folder.write('utf16.yaml', Buffer.from(`\uFEFF${text}`, 'utf16le')));
    expect(wide).toMatchObject({ ok: false, diagnostics: [{ what: 'line 1 is no UTF-8' }] });
    expect(await readSweep(folder.write('utf8.yaml', `\uFEFF${text}`))).toMatchObject({ ok: true });
  });

  it('checks against the model what include and subjects give, too', async () => {
    const text = `${HEAD.replace('a photo of a cat}', 'a cat, train: {textual_inversion: {resolution: 62}}}')}train: {max_train_steps: 5}
${SAMPLE}include: [{resolution: 66}, {class_num_inference_steps: 1001, resolution: 68}]
`;
    const found = await complaints(text);
    expect(found).toContain(
      "sweep.yaml:7:24: resolution does not fit the model; expected a multiple of 4, its VAE's factor, got 66",
    );
    expect(found).toContain(
      'sweep.yaml:7:57: class_num_inference_steps does not fit the model; expected at most 1000, its training timesteps, got 1001',
    );
    expect(found).toContainEqual(
      expect.stringMatching(/textual_inversion_resolution does not fit .* got 62$/),
    );
  });

  it('says that include adds trials, not pictures', async () => {
    expect(
      await complaints(`${HEAD}train: {max_train_steps: 5}\n${SAMPLE}include: [{scheduler: ddim}]\n`),
    ).toEqual([
      'sweep.yaml:7:12: unknown key "scheduler" under include.0. It adds trials, whose pictures take all values under sample',
    ]);
  });

  it('names a file that is not there, or is a folder', async () => {
    const missing = await readSweep(folder.path('none.yaml'));
    const dir = await readSweep(folder.dir);
    expect(missing).toMatchObject({ ok: false, diagnostics: [{ what: 'there is no such sweep file' }] });
    expect(dir).toMatchObject({ ok: false, diagnostics: [{ what: 'is a folder, not a sweep file' }] });
  });

  it.each([
    [
      'train: {max_train_steps: 5, with_prior_preservation: [false, true]}',
      'dog',
      /^sweep.yaml:5:54: prior preservation needs a class prompt, and the subject dog has none/,
    ],
    [
      'train: {max_train_steps: 5, resolution: [64, 66]}',
      'dog',
      /^sweep.yaml:5:46: resolution does not fit the model; expected a multiple of 4, its VAE's factor, got 66$/,
    ],
    [
      'train: {max_train_steps: 5, lr_scheduler: polynomial, learning_rate: [1e-7, 2e-7]}',
      'dog',
      /polynomial schedule ends at 1e-7.*got 1e-7$/,
    ],
    ['train: {max_train_steps: {from: 5, to: 1, by: 1}}', 'dog', /range without a value/],
    [
      'train: {max_train_steps: {from: 0.5, to: 2, by: 1}}',
      'dog',
      /^sweep.yaml:5:26: the range of max_train_steps has a wrong value.*got 0.5$/,
    ],
    ['train: {max_train_steps: [1, 2]}\nexclude: [{}]', 'dog', /block of exclude is empty/],
    [
      'train: {max_train_steps: [1, 2]}\nexclude: [{seed: 3}]',
      'dog',
      /^sweep.yaml:6:18: exclude matches nothing: seed never has this value; expected one of 0, got 3$/,
    ],
    [
      'train: {max_train_steps: [1, 2]}\nexclude: [{subject: dgo}]',
      'dog',
      /no subject "dgo".*Did you mean dog\?/,
    ],
    ['train: {max_train_steps: [1, 2]}\nexclude: [{subject: dog}]', 'dog', /leaves nothing to train/],
    [
      'train: {max_train_steps: [1, 2], seed: [1, 2, 3]}\nzip: [[seed, max_train_steps]]',
      'dog',
      /equally many \(seed has 3, max_train_steps has 2\)/,
    ],
    [
      'train: {max_train_steps: [1, 2]}\nzip: [[max_train_steps, width]]',
      'dog',
      /mixes options of train and sample/,
    ],
    [
      'train: {max_train_steps: 1, seed: {from: 0, to: 3000, by: 1}, learning_rate: {log: [1, 2], count: 3000}}',
      'dog',
      /too large.*at most 1000000/,
    ],
  ])('refuses %s', async (block, subject, message) => {
    const text = `name: n\nmodel: model\nsubjects: {${subject}: {instance_data_dir: dog, instance_prompt: a}}\n${SAMPLE}${block}\n`;
    expect(await complaints(text)).toEqual([expect.stringMatching(message)]);
  });

  it('refuses more sampling steps than the model has timesteps', async () => {
    const text = `${HEAD}train: {max_train_steps: 5}\nsample: {prompts: a, num_inference_steps: [50, 1001], width: 62}\n`;
    expect(await complaints(text)).toEqual([
      'sweep.yaml:6:48: num_inference_steps does not fit the model; expected at most 1000, its training timesteps, got 1001',
      "sweep.yaml:6:62: width does not fit the model; expected a multiple of 4, its VAE's factor, got 62",
    ]);
  });
});
