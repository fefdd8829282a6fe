import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestInputs } from '../../src/planner/digestInputs.ts';
import { planSweep } from '../../src/planner/planSweep.ts';
import type { Plan } from '../../src/planner/types.ts';
import { readSweep } from '../../src/sweep/readSweep.ts';

const SWEEPS = join(import.meta.dirname, '../../sweeps');
const SUBJECTS = ['cat-toy', 'pig-head', 'potato-head', 'face'];

let dir: string;

/** The workspace that sweeps/article/README.md describes: a folder of Stable Diffusion v1's layout, and photos. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sweetspot-article-'));
  cpSync(join(SWEEPS, 'article'), join(dir, 'sweeps/article'), { recursive: true });
  const model = join(dir, 'models/stable-diffusion-v1');
  const pocket = join(import.meta.dirname, '../../models/pocket');
  for (const part of ['text_encoder', 'tokenizer']) {
    cpSync(join(pocket, part), join(model, part), { recursive: true });
  }
  const configs = {
    'unet/config.json': { _class_name: 'UNet2DConditionModel', sample_size: 64 },
    'vae/config.json': { _class_name: 'AutoencoderKL', block_out_channels: [128, 256, 512, 512] },
    'scheduler/scheduler_config.json': { _class_name: 'PNDMScheduler', num_train_timesteps: 1000 },
  };
  for (const [path, config] of Object.entries(configs)) {
    mkdirSync(dirname(join(model, path)), { recursive: true });
    writeFileSync(join(model, path), JSON.stringify(config));
  }
  const photo = join(SWEEPS, 'subjects/cat-face/00.png');
  for (const name of SUBJECTS) {
    mkdirSync(join(dir, 'sweeps/subjects', name), { recursive: true });
    for (let i = 0; i < 4; i++) copyFileSync(photo, join(dir, 'sweeps/subjects', name, `${i}.png`));
  }
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const filesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.yaml'))
    .sort();

async function plan(file: string): Promise<Plan> {
  const read = await readSweep(file);
  if (!read.ok) throw new Error(read.diagnostics.map(({ message }) => message).join('\n'));
  return planSweep(read.sweep, await digestInputs(read.sweep));
}
const article = (name: string): Promise<Plan> => plan(join(dir, `sweeps/article/${name}.yaml`));

const ends = ({ trajectories }: Plan): string[] => trajectories.map(({ key }) => key);

describe("the article's sweeps", () => {
  it('are all here', () => {
    expect(filesIn(join(SWEEPS, 'article'))).toEqual(
      ['ema', 'face', 'objects', 'prior', 'schedulers', 'text-encoder', 'textual-inversion', 'token'].map(
        name => `${name}.yaml`,
      ),
    );
  });

  it.each([
    ['objects', { trials: 6, cells: 192, naive: 2400, planned: 2400 }],
    ['face', { trials: 9, cells: 144, naive: 7200, planned: 3600 }],
    ['prior', { trials: 4, cells: 72, naive: 3200, planned: 3200 }],
    ['schedulers', { trials: 2, cells: 192, naive: 1600, planned: 1600 }],
    ['text-encoder', { trials: 6, cells: 240, naive: 4800, planned: 2400 }],
    ['ema', { trials: 9, cells: 108, naive: 7200, planned: 1200 }],
    ['token', { trials: 2, cells: 32, naive: 800, planned: 800 }],
  ])('%s plans', async (name, { trials, cells, naive, planned }) => {
    const { steps, trajectories, ...rest } = await article(name);
    expect([rest.trials.length, rest.cells.length]).toEqual([trials, cells]);
    expect(steps).toMatchObject({ naive, planned });
    for (const { options } of trajectories) {
      const isFace = options.trainBatchSize === 1;
      expect(options).toMatchObject({
        resolution: 512,
        lrScheduler: 'constant',
        gradientAccumulationSteps: 2,
        trainBatchSize: isFace ? 1 : 2,
        seed: 0,
      });
    }
  });

  it('share what they have in common', async () => {
    const [objects, face, prior, schedulers, textEncoder, ema] = await Promise.all(
      ['objects', 'face', 'prior', 'schedulers', 'text-encoder', 'ema'].map(article),
    );
    if (!objects || !face || !prior || !schedulers || !textEncoder || !ema)
      throw new Error('a plan is missing');
    const known = new Set([...ends(objects), ...ends(face)]);
    expect(ends(schedulers).filter(key => !known.has(key))).toEqual([]);
    expect(ends(textEncoder).filter(key => known.has(key))).toHaveLength(1);
    // An average of the weights is no other training, and the weights beside it are those of the others.
    expect(ends(ema)).toHaveLength(1);
    expect(ends(face)).toEqual(expect.arrayContaining(ends(ema)));
    const keysOf = ({ trials }: Plan) => trials.map(({ snapshotKey }) => snapshotKey);
    expect(keysOf(ema).filter(key => keysOf(face).includes(key))).toHaveLength(3);
    expect(new Set(keysOf(ema)).size).toBe(9);
    // The face with prior preservation, and the toy without.
    expect(ends(prior).filter(key => known.has(key))).toHaveLength(2);
  });
});

it.each(filesIn(join(SWEEPS, 'mini')))('mini/%s plans on the pocket model', async name => {
  const { trials, steps } = await plan(join(SWEEPS, 'mini', name));
  expect(trials.length).toBeGreaterThan(0);
  // Minutes. With prior preservation half of every batch is the class: its subject comes late.
  expect(steps.planned).toBeLessThanOrEqual(name === 'prior.yaml' ? 3200 : 1200);
});
