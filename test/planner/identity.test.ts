import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planSweep } from '../../src/planner/planSweep.ts';
import type { Plan } from '../../src/planner/types.ts';
import { SweepFolder } from '../sweep/sweepFolder.ts';
import { DIGESTS, readText } from './randomSweep.ts';

let folder: SweepFolder;
beforeAll(() => {
  folder = new SweepFolder();
});
afterAll(() => folder.dispose());

const BASE: Record<string, string> = {
  max_train_steps: '100',
  learning_rate: '2e-6',
  lr_scheduler: 'constant',
};

const own = { subjects: { cat: { instance: 'cat photos', class: { 5: 'five own', 3: 'three own' } } } };
const PRIOR = { with_prior_preservation: 'true' };

interface Change {
  train?: Record<string, string>;
  sample?: Record<string, string>;
  subject?: Record<string, string>;
  digests?: Partial<typeof DIGESTS>;
}

/** One trial and one picture: the keys that stand for it. */
async function keysOf({
  train,
  sample,
  subject,
  digests,
}: Change): Promise<{ snapshot: string; picture: string }> {
  const cat = { instance_data_dir: 'cat', instance_prompt: 'a moji cat', class_prompt: 'a cat', ...subject };
  const block = (entries: Record<string, string>): string =>
    Object.entries(entries)
      .map(([name, value]) => `  ${name}: ${value}\n`)
      .join('');
  const text = `name: n\nmodel: model\nsubjects:\n  cat: ${JSON.stringify(cat)}\ntrain:\n${block({ ...BASE, ...train })}sample:\n${block({ prompts: 'a cat', ...sample })}`;
  const plan = planSweep(await readText(text, folder.dir), { ...DIGESTS, ...digests });
  const [trial] = plan.trials;
  const [cell] = plan.cells;
  if (!trial || !cell) throw new Error('there is no trial in the plan');
  return { snapshot: trial.snapshotKey, picture: cell.pictureKey };
}

describe('keys stay as they are', () => {
  const same: [string, Change, Change][] = [
    [
      'another notation of a number',
      { train: { learning_rate: '0.000002' } },
      { train: { learning_rate: '2.0E-06' } },
    ],
    [
      'a default spelled out',
      {},
      { train: { adam_beta1: '0.9', seed: '0', resolution: '64', lr_warmup_steps: '0' } },
    ],
    [
      'a sampler default spelled out',
      {},
      { sample: { scheduler: 'pndm', guidance_scale: '7.5', width: '64' } },
    ],
    ['warm-up with constant', {}, { train: { lr_warmup_steps: '10' } }],
    ['constant_with_warmup without warm-up', {}, { train: { lr_scheduler: 'constant_with_warmup' } }],
    [
      'cycles, power and horizon with constant',
      {},
      { train: { lr_num_cycles: '3', lr_power: '2', lr_schedule_steps: '7' } },
    ],
    [
      'cycles with linear',
      { train: { lr_scheduler: 'linear' } },
      { train: { lr_scheduler: 'linear', lr_num_cycles: '3' } },
    ],
    [
      'the horizon that is meant anyway',
      { train: { lr_scheduler: 'linear' } },
      { train: { lr_scheduler: 'linear', lr_schedule_steps: '100' } },
    ],
    [
      'class options without prior preservation',
      {},
      {
        train: {
          num_class_images: '7',
          prior_loss_weight: '0.5',
          class_seed: '3',
          class_guidance_scale: '2',
          class_num_inference_steps: '9',
        },
        subject: { class_prompt: 'x' },
      },
    ],
    ['own class images without prior preservation', {}, { subject: { class_data_dir: 'cats' } }],
    [
      'a rate scaled by hand',
      { train: { learning_rate: '8e-6', train_batch_size: '2', gradient_accumulation_steps: '2' } },
      { train: { scale_lr: 'true', train_batch_size: '2', gradient_accumulation_steps: '2' } },
    ],
    [
      'more class images than the user has',
      { train: { ...PRIOR, num_class_images: '5' }, subject: { class_data_dir: 'cats' }, digests: own },
      { train: { ...PRIOR, num_class_images: '50' }, subject: { class_data_dir: 'cats' }, digests: own },
    ],
    [
      'how class images would be made where the user has own ones',
      { train: PRIOR, subject: { class_data_dir: 'cats' }, digests: own },
      { train: { ...PRIOR, class_seed: '4' }, subject: { class_data_dir: 'cats' }, digests: own },
    ],
    [
      'a negative prompt without guidance',
      { sample: { guidance_scale: '1' } },
      { sample: { guidance_scale: '0.5', negative_prompt: 'blurry' } },
    ],
  ];
  it.each(same)('%s', async (_, a, b) => {
    expect(await keysOf(a)).toEqual(await keysOf(b));
  });

  it('whatever order the keys of the file are in', async () => {
    const text = (train: string, sample: string): string =>
      `sample: {${sample}}\ntrain: {${train}}\nname: n\nmodel: model\nsubjects: {cat: {instance_prompt: a, instance_data_dir: cat}}\n`;
    const a = planSweep(
      await readText(text('max_train_steps: 3, seed: 1', 'prompts: x, seeds: 4'), folder.dir),
      DIGESTS,
    );
    const b = planSweep(
      await readText(text('seed: 1, max_train_steps: 3', 'seeds: 4, prompts: x'), folder.dir),
      DIGESTS,
    );
    expect(keys(a)).toEqual(keys(b));
  });

  it('whatever the subject, the sweep and the folders are called', async () => {
    folder.write('again/model/unet/config.json', '{"sample_size": 16}');
    const text = (name: string, subject: string): string =>
      `name: ${name}\nmodel: model\nsubjects: {${subject}: {instance_prompt: a, instance_data_dir: cat}}\ntrain: {max_train_steps: 3}\nsample: {prompts: x}\n`;
    const digests = {
      ...DIGESTS,
      subjects: { ...DIGESTS.subjects, tom: { instance: 'cat photos', class: {} } },
    };
    const a = planSweep(await readText(text('one', 'cat'), folder.dir), digests);
    const b = planSweep(await readText(text('two', 'tom'), folder.dir), digests);
    expect(keys(a)).toEqual(keys(b));
  });
});

const keys = (plan: Plan): string[] => plan.stages.map(({ key }) => key);

describe('a change of the maths changes the snapshot and its picture', () => {
  const linear = { lr_scheduler: 'linear' };
  const other: [string, Change, Change][] = [
    ['learning_rate', {}, { train: { learning_rate: '3e-6' } }],
    ['max_train_steps', {}, { train: { max_train_steps: '101' } }],
    ['lr_scheduler', {}, { train: { lr_scheduler: 'cosine' } }],
    [
      'lr_warmup_steps',
      { train: { lr_scheduler: 'constant_with_warmup', lr_warmup_steps: '1' } },
      { train: { lr_scheduler: 'constant_with_warmup', lr_warmup_steps: '2' } },
    ],
    ['lr_schedule_steps', { train: linear }, { train: { ...linear, lr_schedule_steps: '200' } }],
    [
      'lr_num_cycles',
      { train: { lr_scheduler: 'cosine_with_restarts' } },
      { train: { lr_scheduler: 'cosine_with_restarts', lr_num_cycles: '2' } },
    ],
    [
      'lr_power',
      { train: { lr_scheduler: 'polynomial' } },
      { train: { lr_scheduler: 'polynomial', lr_power: '2' } },
    ],
    ['scale_lr', {}, { train: { scale_lr: 'true' } }],
    ['train_batch_size', {}, { train: { train_batch_size: '2' } }],
    ['gradient_accumulation_steps', {}, { train: { gradient_accumulation_steps: '2' } }],
    ['train_text_encoder', {}, { train: { train_text_encoder: 'true' } }],
    ['resolution', {}, { train: { resolution: '32' } }],
    ['center_crop', {}, { train: { center_crop: 'true' } }],
    ['adam_beta1', {}, { train: { adam_beta1: '0.8' } }],
    ['adam_beta2', {}, { train: { adam_beta2: '0.99' } }],
    ['adam_weight_decay', {}, { train: { adam_weight_decay: '0' } }],
    ['adam_epsilon', {}, { train: { adam_epsilon: '1e-7' } }],
    ['use_8bit_adam', {}, { train: { use_8bit_adam: 'true' } }],
    ['mixed_precision', {}, { train: { mixed_precision: 'bf16' } }],
    ['max_grad_norm', {}, { train: { max_grad_norm: '2' } }],
    ['offset_noise', {}, { train: { offset_noise: 'true' } }],
    ['snr_gamma', {}, { train: { snr_gamma: '5' } }],
    ['seed', {}, { train: { seed: '1' } }],
    ['the instance prompt', {}, { subject: { instance_prompt: 'a sks cat' } }],
    ['the photos', {}, { digests: { subjects: { cat: { instance: 'others', class: {} } } } }],
    ['the model', {}, { digests: { model: 'another' } }],
    ['with_prior_preservation', {}, { train: PRIOR }],
    ['num_class_images', { train: PRIOR }, { train: { ...PRIOR, num_class_images: '90' } }],
    ['prior_loss_weight', { train: PRIOR }, { train: { ...PRIOR, prior_loss_weight: '0.5' } }],
    ['class_seed', { train: PRIOR }, { train: { ...PRIOR, class_seed: '1' } }],
    ['class_num_inference_steps', { train: PRIOR }, { train: { ...PRIOR, class_num_inference_steps: '20' } }],
    ['class_guidance_scale', { train: PRIOR }, { train: { ...PRIOR, class_guidance_scale: '3' } }],
    ['the class prompt', { train: PRIOR }, { train: PRIOR, subject: { class_prompt: 'a dog' } }],
    [
      'own class images',
      { train: PRIOR },
      { train: PRIOR, subject: { class_data_dir: 'cats' }, digests: own },
    ],
    [
      'fewer own class images',
      { train: PRIOR, subject: { class_data_dir: 'cats' }, digests: own },
      { train: { ...PRIOR, num_class_images: '3' }, subject: { class_data_dir: 'cats' }, digests: own },
    ],
  ];
  it.each(other)('%s', async (_, a, b) => {
    const [one, two] = [await keysOf(a), await keysOf(b)];
    expect(one.snapshot).not.toBe(two.snapshot);
    expect(one.picture).not.toBe(two.picture);
  });
});

describe('a sampler setting changes the picture, never the snapshot', () => {
  it.each([
    ['scheduler', 'ddim'],
    ['num_inference_steps', '25'],
    ['guidance_scale', '5'],
    ['negative_prompt', 'blurry'],
    ['width', '32'],
    ['height', '32'],
    ['prompts', 'a dog'],
    ['seeds', '1'],
  ])('%s', async (name, value) => {
    const [one, two] = [await keysOf({}), await keysOf({ sample: { [name]: value } })];
    expect(one.snapshot).toBe(two.snapshot);
    expect(one.picture).not.toBe(two.picture);
  });
});
