import { execFileSync } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { digestInputs } from '../../src/planner/digestInputs.ts';
import { planSweep } from '../../src/planner/planSweep.ts';
import { pageData } from '../../src/reporter/draw/pageData.ts';
import { commandLine } from '../../src/reporter/shared/commandLine.ts';
import { sweepFileText } from '../../src/reporter/shared/sweepFileText.ts';
import { trialSweep } from '../../src/reporter/shared/trialSweep.ts';
import { readReportModel } from '../../src/reporter/writeReport.ts';
import { PRESETS } from '../../src/sweep/presets.ts';
import { readSweep } from '../../src/sweep/readSweep.ts';
import { SweepFolder } from '../sweep/sweepFolder.ts';
import { FakeWorkspace } from './fakeWorkspace.ts';
import { HOSTILE } from './hostile.ts';

describe('what can be copied from the page', () => {
  it('is a command that a shell reads as it was meant', () => {
    for (const prompt of HOSTILE.filter(text => !text.includes('\0'))) {
      const line = commandLine({
        program: 'printf %s\\\\n',
        model: 'my model',
        instanceDataDir: 'a b',
        instancePrompt: prompt,
        classDataDir: null,
        classPrompt: null,
        options: { learning_rate: 2e-6, train_text_encoder: true, scale_lr: false },
        outputDir: 'out',
      });
      const printed = execFileSync('sh', ['-c', line.replace('printf %s\\\\n', "printf '%s\\n'")], {
        encoding: 'utf8',
      });
      expect(printed).toBe(
        `--pretrained_model_name_or_path=my model\n--instance_data_dir=a b\n--instance_prompt=${prompt}\n--learning_rate=2e-6\n--train_text_encoder\n--output_dir=out\n`,
      );
    }
  });

  it('is a sweep file that is read as it was meant', async () => {
    const folder = new SweepFolder();
    onTestFinished(() => folder.dispose());
    const prompts = HOSTILE.filter(text => text.length < 1000);
    const file = folder.write(
      'copy.yaml',
      sweepFileText({
        name: 'on',
        model: 'model',
        subject: 'cat',
        instanceDataDir: 'cat',
        instancePrompt: '#: a "moji" cat',
        classDataDir: null,
        classPrompt: 'null',
        heldOutDir: null,
        train: { learning_rate: 2e-6, max_train_steps: 40, train_text_encoder: true },
        prompts,
        settings: { train: {}, sample: { seeds: [3, 4] } },
      }),
    );
    const read = await readSweep(file);
    if (!read.ok) throw new Error(read.diagnostics.map(({ message }) => message).join('\n'));
    expect(read.sweep).toMatchObject({
      name: 'on',
      subjects: [{ name: 'cat', instancePrompt: '#: a "moji" cat', classPrompt: 'null', prompts }],
      train: { learningRate: [2e-6], maxTrainSteps: [40], trainTextEncoder: [true] },
      sample: { seeds: [3, 4] },
    });
  });

  it('is a sweep file whose trial and pictures are the same stages', async () => {
    const fake = await FakeWorkspace.create({
      text: `name: odd
model: model
preset: ${Object.keys(PRESETS)[0]}
subjects:
  cat:
    instance_data_dir: cat
    instance_prompt: a <x> cat
    class_prompt: a cat
    held_out_dir: dog
    train: {learning_rate: [2e-6]}
  dog: {instance_data_dir: dog, instance_prompt: a <x> dog, class_prompt: a dog, class_data_dir: cats, prompts: [a dog]}
train:
  learning_rate: [1e-6, 2e-6]
  max_train_steps: [3, 6]
  with_prior_preservation: [false, true]
  num_class_images: 2
  class_seed: 7
  class_num_inference_steps: 9
  class_guidance_scale: 3
  lr_scheduler: [constant, polynomial]
  lr_power: 2
  lr_schedule_steps: 50
  train_text_encoder: true
  text_encoder_learning_rate: 1e-7
  snr_gamma: 5
  offset_noise: true
  center_crop: true
  use_ema: [false, true]
  ema_decay: 0.5
  adam_beta2: 0.9
  seed: [0, 4]
  resolution: 16
  gradient_checkpointing: true
  textual_inversion: {max_train_steps: [0, 5], placeholder_token: <x>, initializer_token: cat, learning_rate: 1e-2, seed: 3}
sample:
  prompts: [a moji cat, "a cat: on grass"]
  scheduler: [pndm, ddim]
  num_inference_steps: [2, 3]
  guidance_scale: 4
  negative_prompt: "no: dog"
  width: 16
  height: 16
  seeds: [3, 5]
  sample_batch_size: 2
score: {metrics: [copy], other_prompts: [a tree]}
baseline: false
keep_state: all
`,
      without: () => true,
    });
    onTestFinished(() => fake.dispose());
    const model = readReportModel(fake.workspace, fake.name);
    const data = pageData(model, {
      inline: true,
      positions: new Map(),
      pictures: new Map(),
      photos: new Map(),
    });
    const { plan } = fake;
    expect(data.trials).toHaveLength(plan.trials.length);
    // Of many trials a few, every axis among them.
    for (const trial of data.trials.filter((_, i) => i % 11 === 0 || i === data.trials.length - 1)) {
      const read = await readSweep(fake.folder.write('copy.yaml', trialSweep(data, trial)));
      if (!read.ok) throw new Error(read.diagnostics.map(({ message }) => message).join('\n'));
      const copy = planSweep(read.sweep, await digestInputs(read.sweep));
      const original = plan.trials.find(({ number }) => number === trial.number);
      expect(copy.trials.map(({ trajectoryKey, snapshotKey }) => ({ trajectoryKey, snapshotKey }))).toEqual([
        { trajectoryKey: original?.trajectoryKey, snapshotKey: original?.snapshotKey },
      ]);
      const pictures = plan.cells.filter(cell => cell.trial === original?.id);
      expect(copy.cells.map(({ pictureKey }) => pictureKey)).toEqual(
        pictures.map(({ pictureKey }) => pictureKey),
      );
      const keys = new Set(plan.scoring?.stages.map(({ key }) => key));
      expect(copy.scoring?.stages.every(({ key }) => keys.has(key))).toBe(true);
      const { gradientCheckpointing, sampleBatchSize, baseline, keepState } = plan.sweep;
      expect(read.sweep).toMatchObject({ gradientCheckpointing, sampleBatchSize, baseline, keepState });
    }
  });
});
