import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawNotes } from '../../src/reporter/draw/drawNotes.ts';
import { readReport } from '../../src/reporter/writeReport.ts';
import { doseOf, syntheticScores } from '../support/syntheticScores.ts';
import { FakeWorkspace } from './fakeWorkspace.ts';

const SWEEPS = join(import.meta.dirname, '../../sweeps');
const files = ['article', 'mini'].flatMap(folder =>
  readdirSync(join(SWEEPS, folder))
    .filter(name => name.endsWith('.yaml'))
    .map(name => join(folder, name)),
);
const claims = (text: string): string[] =>
  [...text.matchAll(/claim: (C\d+)/g)].map(([, claim]) => claim ?? '');

/** The sweep with photos and a model that every fake workspace has. */
const textOf = (file: string): string =>
  readFileSync(join(SWEEPS, file), 'utf8')
    .replace(/^model: .*/m, 'model: model')
    .replace(/instance_data_dir: .*/g, 'instance_data_dir: cat');

describe("the notes of the article's sweeps", () => {
  it.each(files)('%s: every quote can be drawn, every claim is tested', async file => {
    const fake = await FakeWorkspace.create({
      text: textOf(file),
      // Numbers are enough: where a picture should be, the page says that it is missing.
      without: ({ kind }) => kind === 'sample' || kind === 'class-images',
      scores: (of, plan) => syntheticScores(doseOf(of, plan), `${of.prompt} ${of.seed}`),
      loss: () => 0.1,
    });
    try {
      const { model, measured } = readReport(fake.workspace, fake.name);
      const assets = { inline: true, positions: new Map(), pictures: new Map(), photos: new Map() };
      const page = String(await drawNotes({ model, measured, assets, charts: [] }));
      expect(page).not.toContain('cannot be drawn');
      const tested = [...page.matchAll(/class="quoted claim"/g)].length;
      expect(tested).toBe([...textOf(file).matchAll(/claim: /g)].length);
      expect(tested).toBeGreaterThan(1);
    } finally {
      fake.dispose();
    }
  });

  it.each(['article', 'mini'])('%s has them all', folder => {
    const made = new Set(files.filter(file => file.startsWith(folder)).flatMap(file => claims(textOf(file))));
    const wanted = Array.from({ length: 11 }, (_, i) => `C${i + 1}`);
    // Whether a face wants more steps than a thing is seen where both are trained side by side: in the miniature.
    expect(wanted.filter(claim => !made.has(claim))).toEqual(folder === 'article' ? ['C4'] : []);
  });
});
