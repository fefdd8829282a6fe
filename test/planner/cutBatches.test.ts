import { expect, it } from 'vitest';
import { cutBatches } from '../../src/planner/cutBatches.ts';
import type { Picture } from '../../src/planner/types.ts';
import type { ResolvedSampler } from '../../src/stages/sampler.ts';

const sampler = (numInferenceSteps: number): ResolvedSampler => ({
  scheduler: 'ddim',
  numInferenceSteps,
  guidanceScale: 7.5,
  negativePrompt: '',
  width: 64,
  height: 64,
});

/** Keys `a…` belong to snapshot A, `b…` to B; a trailing `'` means another sampler. */
const pictures = (...keys: string[]): Picture[] =>
  keys.map((key, seed) => ({
    key,
    snapshotKey: key.slice(0, 1),
    sampler: sampler(key.endsWith("'") ? 50 : 25),
    prompt: 'x',
    seed,
  }));

const cut = (all: Picture[], there: string[], recorded: string[][] = [], size = 2) =>
  cutBatches(all, key => there.includes(key), size, recorded).map(({ pictures, missing }) => ({
    pictures: pictures.map(({ key }) => key),
    missing,
  }));

it('gathers by snapshot and sampler, in plan order', () => {
  expect(cut(pictures('a1', "a2'", 'a3', 'b1', 'a4'), [])).toEqual([
    { pictures: ['a1', 'a3'], missing: ['a1', 'a3'] },
    { pictures: ['a4'], missing: ['a4'] },
    { pictures: ["a2'"], missing: ["a2'"] },
    { pictures: ['b1'], missing: ['b1'] },
  ]);
});

it('leaves out what is there when it cuts', () => {
  expect(cut(pictures('a1', 'a2', 'a3'), ['a2'])).toEqual([
    { pictures: ['a1', 'a3'], missing: ['a1', 'a3'] },
  ]);
});

it('keeps recorded batches whole, and drops those that are done', () => {
  const recorded = [
    ['a1', 'a2'],
    ['a3', 'a4'],
  ];
  expect(cut(pictures('a1', 'a2', 'a3', 'a4', 'a5'), ['a1', 'a2', 'a3'], recorded)).toEqual([
    { pictures: ['a3', 'a4'], missing: ['a4'] },
    { pictures: ['a5'], missing: ['a5'] },
  ]);
});

it('makes again in its own batch a picture that was lost', () => {
  expect(cut(pictures('a1', 'a2', 'a3'), ['a1', 'a3'], [['a1', 'a2'], ['a3']])).toEqual([
    { pictures: ['a1', 'a2'], missing: ['a2'] },
  ]);
});

it('forgets pictures that the sweep no longer asks for', () => {
  expect(cut(pictures('a2'), [], [['a1', 'a2'], ['gone']])).toEqual([{ pictures: ['a2'], missing: ['a2'] }]);
});
