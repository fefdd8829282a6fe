import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describePlan } from '../../src/planner/describePlan.ts';
import { promptForClip } from '../../src/planner/otherPrompts.ts';
import { planSweep } from '../../src/planner/planSweep.ts';
import { planToJson } from '../../src/planner/planToJson.ts';
import type { InputDigests, Plan, ScorePlan, StoreView } from '../../src/planner/types.ts';
import { stageKey } from '../../src/stages/identity.ts';
import type { Subject } from '../../src/sweep/types.ts';
import { SweepFolder } from '../sweep/sweepFolder.ts';
import { DIGESTS, readText } from './randomSweep.ts';

const scorers = join(import.meta.dirname, '../golden/scorers');
const CLIP = join(scorers, 'clip');
let folder: SweepFolder;
beforeAll(() => {
  folder = new SweepFolder();
  mkdirSync(join(folder.dir, 'empty-folder'));
});
afterAll(() => folder.dispose());

async function plan(
  score: string,
  {
    seeds = '[0, 1]',
    view,
    digests = {},
  }: { seeds?: string; view?: StoreView; digests?: Partial<InputDigests> } = {},
): Promise<Plan> {
  const text = `
name: n
model: model
subjects: {cat: {instance_data_dir: cat, held_out_dir: dog, instance_prompt: a moji cat, class_prompt: a cat}}
train: {max_train_steps: [4, 8]}
sample: {prompts: [a moji cat, a moji cat on grass], seeds: ${seeds}, num_inference_steps: [5, 6]}
score: ${score}
`;
  return planSweep(
    await readText(text, folder.dir),
    { ...DIGESTS, scorers: { clip: 'c', dino: 'd' }, ...digests },
    view,
  );
}
const scoringOf = ({ scoring }: Plan): ScorePlan => scoring ?? expect.fail('nothing is scored');

describe('planScores', () => {
  it('measures every picture once a scorer, groups once, and plans pictures of other prompts', async () => {
    const made = await plan(`{scorer: ${CLIP}, metrics: [clip_i, clip_t, copy, leak, diversity, noise]}`);
    const { names, absent, stages, otherCells, otherPrompts } = scoringOf(made);
    expect(names).toEqual(['clip_i', 'clip_t', 'copy', 'leak', 'diversity', 'noise']);
    expect(absent).toEqual([]);
    expect(otherPrompts).toEqual({ cat: ['a cat', 'a photo of a dog', 'a photo of a red apple'] });
    // (base + 2 trials) x 3 prompts x 2 seeds, with the first of both samplers only.
    expect(otherCells.length).toBe(18);
    const counts = (role: string, scorer: string): number =>
      stages.filter(stage => stage.role === role && stage.scorer === scorer).length;
    expect(counts('subject', 'clip')).toBe(24);
    expect(counts('subject', 'pixels')).toBe(24);
    expect(counts('other', 'clip')).toBe(18);
    expect(counts('group', 'clip')).toBe(12);
    expect(made.images.total).toBe(24 + 18);
    expect(planToJson(made).stages.score).toBe(78);
    const known = new Set(made.stages.map(({ key }) => key));
    for (const { kind, key, needs, ...rest } of made.stages) {
      if (kind === 'score') expect(stageKey({ kind, needs, ...rest })).toBe(key);
      expect(needs.every(need => known.has(need))).toBe(true);
    }
  });

  it('compares noise with the untrained picture of the same prompt, seed and sampler', async () => {
    const { scoring, baselineCells, cells } = await plan('[noise]');
    for (const { pictures, basePicture } of scoring?.stages ?? []) {
      const cell = cells.find(({ pictureKey }) => pictureKey === pictures[0]);
      const base = baselineCells.find(({ pictureKey }) => pictureKey === basePicture);
      if (!cell) expect(basePicture).toBeNull();
      else expect([base?.prompt, base?.seed, base?.sampler]).toEqual([cell.prompt, cell.seed, cell.sampler]);
    }
  });

  it('adds a score of the same scorer, a prompt or a seed without measuring anything again', async () => {
    const keysOf = (made: Plan): Set<string> => new Set(scoringOf(made).stages.map(({ key }) => key));
    const before = keysOf(await plan(`{scorer: ${CLIP}, metrics: [clip_i]}`));
    expect(keysOf(await plan(`{scorer: ${CLIP}, metrics: [clip_i, clip_t, copy]}`))).toEqual(before);
    const moreSeeds = keysOf(await plan(`{scorer: ${CLIP}, metrics: [clip_i]}`, { seeds: '[0, 1, 2]' }));
    expect([...before].filter(key => !moreSeeds.has(key))).toEqual([]);
    const all: StoreView = { completed: () => true, hasState: () => true };
    const done = await plan(`{scorer: ${CLIP}, metrics: [clip_i]}`, { view: all });
    expect(scoringOf(done).missing).toEqual([]);
  });

  it('measures anew with another scorer or other photos', async () => {
    const keys = async (digests: Partial<InputDigests>): Promise<string[]> =>
      scoringOf(await plan(`{scorer: ${CLIP}}`, { digests })).stages.map(({ key }) => key);
    const before = await keys({});
    const photos = Object.fromEntries(
      Object.entries(DIGESTS.subjects).map(([name, one]) => [name, { ...one, heldOut: 'h' }]),
    );
    for (const digests of [{ scorers: { clip: 'other' } }, { subjects: photos }]) {
      expect((await keys(digests)).filter(key => before.includes(key))).toEqual([]);
    }
  });

  it('says what cannot be measured, and how it could be', async () => {
    const made = await plan('[clip_i, dino_i, copy, diversity, noise]', { seeds: '3' });
    const { names, absent } = scoringOf(made);
    expect(names).toEqual(['noise']);
    expect(absent.map(({ name, why }) => `${name} ${why}`)).toEqual([
      expect.stringMatching(/^clip_i needs a CLIP: give score\.scorer/),
      expect.stringMatching(/^dino_i needs a ViT: give score\.dino/),
      expect.stringMatching(/^copy needs a CLIP/),
      expect.stringMatching(/^diversity needs a CLIP/),
    ]);
    expect(describePlan(made).join('\n')).toContain('not clip_i: needs a CLIP');
    const single = scoringOf(await plan(`{scorer: ${CLIP}, metrics: [diversity]}`, { seeds: '3' }));
    expect(single.absent[0]?.why).toBe('needs at least two seeds under sample');
  });

  it('takes other prompts from the file', async () => {
    const made = await plan(`{scorer: ${CLIP}, metrics: [other_prompts], other_prompts: a house}`);
    expect(scoringOf(made).otherPrompts).toEqual({ cat: ['a house'] });
  });

  it('reports faults at their place', async () => {
    const complain = (score: string): Promise<unknown> =>
      plan(score).then(
        () => 'no complaint',
        error => String(error),
      );
    expect(await complain('[clip_x]')).toContain('one of clip_i, clip_t');
    expect(await complain('{scorer: nowhere}')).toContain('there is no folder nowhere');
    expect(await complain(`{scorer: ${join(scorers, 'vit')}}`)).toContain('is another model');
    expect(await complain('{dino: empty-folder}')).toContain('has no config.json');
    expect(await complain('{metric: [clip_i]}')).toContain('Did you mean metrics?');
  });
});

describe('promptForClip', () => {
  const subject = (instancePrompt: string, classPrompt: string | null): Subject =>
    ({ instancePrompt, classPrompt }) as Subject;

  it('leaves out what only names the subject', () => {
    const cat = subject('a photo of a sks cat', 'a photo of a cat');
    expect(promptForClip('a sks cat, on a blue background', cat)).toBe('a cat, on a blue background');
    expect(promptForClip('SKS cat and a dog', cat)).toBe('cat and a dog');
    expect(promptForClip('a <moji> cat', subject('a <moji> cat', 'a cat'))).toBe('a cat');
  });

  it('leaves a prompt alone where nothing can be told, or nothing would be left', () => {
    expect(promptForClip('a sks cat', subject('a sks cat', null))).toBe('a sks cat');
    expect(promptForClip('sks', subject('a sks cat', 'a cat'))).toBe('sks');
  });
});
