import { describe, expect, it } from 'vitest';
import { scoreTable } from '../../src/planner/scoreTable.ts';
import type { BaselineCell, Cell, OtherCell, PlannedScore, ScorePlan } from '../../src/planner/types.ts';
import type { ScoreName } from '../../src/stages/scores.ts';

const sampler = {} as Cell['sampler'];
const cell = (trial: string, pictureKey: string): Cell => ({
  trial,
  subject: 'cat',
  step: 10,
  values: {},
  sampler,
  prompt: 'p',
  seed: 0,
  pictureKey,
});
const base: BaselineCell = {
  trial: null,
  subjects: ['cat', 'dog'],
  step: 0,
  values: {},
  sampler,
  prompt: 'p',
  seed: 0,
  pictureKey: 'base',
};
const other = (trial: string | null, pictureKey: string): OtherCell => ({
  trial,
  subject: 'cat',
  step: 10,
  sampler,
  prompt: 'a dog',
  seed: 0,
  pictureKey,
});
const stage = (key: string, pictures: string[], subject = 'cat'): PlannedScore => ({
  key,
  subject,
  scorer: 'clip',
  role: 'subject',
  pictures,
  basePicture: null,
  text: null,
});

const stages = [
  stage('s1', ['a']),
  stage('s2', ['b']),
  stage('g', ['a', 'b']),
  stage('o', ['x']),
  stage('b1', ['base']),
  stage('b2', ['base'], 'dog'),
];
const scoring = (names: ScoreName[]): ScorePlan => ({
  names,
  absent: [],
  otherPrompts: { cat: ['a dog'] },
  otherCells: [other('t1', 'x'), other(null, 'y')],
  stages,
  missing: [],
});
const cells = [cell('t1', 'a'), cell('t1', 'b'), cell('t2', 'c')];
const values = new Map([
  ['s1', { clip_i: 0.2, clip_t: 0.6 }],
  ['s2', { clip_i: 0.4, clip_t: 0.8 }],
  ['g', { diversity: 0.1 }],
  ['o', { leak: 0.3 }],
  ['b1', { clip_i: 0.05 }],
  ['b2', { clip_i: -0.5 }],
]);
const table = scoreTable(
  { scoring: scoring(['clip_i', 'diversity', 'leak']), cells, baselineCells: [base] },
  values,
);

describe('scores laid out for reading', () => {
  it("gives a picture its own values and its group's, and nothing that was not asked for", () => {
    expect(table.ofPicture('cat', 'a')).toEqual({ clip_i: 0.2, diversity: 0.1 });
    expect(table.ofPicture('cat', 'nothing')).toEqual({});
  });

  it('judges a shared picture by each subject on its own', () => {
    expect(table.ofPicture('cat', 'base')).toEqual({ clip_i: 0.05 });
    expect(table.ofPicture('dog', 'base')).toEqual({ clip_i: -0.5 });
    expect(table.ofBaseline('dog')).toEqual({ clip_i: -0.5 });
  });

  it('means over what is there: other prompts add theirs, a trial without values has none', () => {
    const trial = table.ofTrial('t1');
    expect(trial.clip_i).toBeCloseTo(0.3, 12);
    expect(trial).toMatchObject({ diversity: 0.1, leak: 0.3 });
    expect(table.ofTrial('t2')).toEqual({});
  });

  it('is empty for a sweep without scores', () => {
    const none = scoreTable({ scoring: null, cells, baselineCells: [base] }, values);
    expect(none.ofTrial('t1')).toEqual({});
    expect(none.ofPicture('cat', 'a')).toEqual({});
  });
});
