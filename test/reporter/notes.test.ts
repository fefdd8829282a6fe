import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseNoteQuery } from '../../src/reporter/notes/noteQuery.ts';
import { type ClaimResult, testClaim } from '../../src/reporter/notes/testClaim.ts';
import { readReport, writeReport } from '../../src/reporter/writeReport.ts';
import { doseOf, syntheticScores } from '../support/syntheticScores.ts';
import { FakeWorkspace } from './fakeWorkspace.ts';
import { HOSTILE } from './hostile.ts';

const NOTES = `# Rates

Some *text* with a [link](javascript:alert(1)), <b>markup</b> and ![a picture](https://example.org/x.png).

\`\`\`sweetspot
claim: a higher rate brings the subject
metric: clip_i
a: {learning_rate: 1e-4}
b: {learning_rate: 1e-6}
\`\`\`

\`\`\`sweetspot
grid: By rate
where: {prompt: x}
rows: learning_rate
columns: max_train_steps
\`\`\`

\`\`\`sweetspot
chart: no-such-chart
\`\`\`

${HOSTILE.slice(0, 8).join('\n\n')}
`;

describe('notes', () => {
  let fake: FakeWorkspace;
  beforeAll(async () => {
    fake = await FakeWorkspace.create({
      text: stringify({
        name: 'n',
        model: 'model',
        subjects: {
          cat: { instance_data_dir: 'cat', instance_prompt: 'a moji cat' },
          dog: { instance_data_dir: 'dog', instance_prompt: 'a moji dog', prompts: ['bark'] },
        },
        train: { learning_rate: [1e-6, 1e-4], max_train_steps: [40, 160] },
        sample: { prompts: ['x', 'y'], seeds: [0, 1, 2] },
        notes: NOTES,
      }),
      scores: (picture, plan, role) =>
        role === 'group'
          ? { diversity: 0.2 }
          : syntheticScores(
              doseOf(picture, plan),
              `${picture.prompt} ${picture.seed} ${doseOf(picture, plan)}`,
            ),
    });
  });
  afterAll(() => fake?.dispose());

  const claim = (text: string): ClaimResult => {
    const { model, measured } = readReport(fake.workspace, 'n');
    const query = parseNoteQuery(text);
    if (query.kind !== 'claim') throw new Error('no claim');
    return testClaim(model, measured, query);
  };

  it('test statements on pairs of the same prompt and seed', () => {
    const seen = claim(
      '{claim: x, metric: clip_i, a: {subject: cat, learning_rate: 1e-4}, b: {subject: cat, learning_rate: 1e-6}}',
    );
    expect(seen).toMatchObject({ verdict: 'seen', paired: true, n: 6 });
    expect(seen.low).toBeGreaterThan(0.1);
    expect(seen.effectSize).toBeGreaterThan(3);
    const opposite = claim(
      '{claim: x, metric: clip_i, expect: lower, a: {learning_rate: 1e-4}, b: {learning_rate: 1e-6}}',
    );
    expect(opposite.verdict).toBe('the opposite is seen');
    expect(
      claim('{claim: x, metric: clip_i, expect: same, a: {learning_rate: 1e-4}, b: {learning_rate: 1e-4}}')
        .verdict,
    ).toBe('seen');
  });

  // clip_i: 6 pairs here, their difference +0.25 or so; of equal settings with different pictures, about 0.
  it.each([
    ['all of the interval within the margin', 'within: 1', 'seen'],
    ['zero left out, beyond the margin', 'within: 0.01', 'the opposite is seen'],
    ['zero left out, beyond a tenth', '', 'the opposite is seen'],
  ])('call two settings the same only within a margin: %s', (_, within, verdict) => {
    const text = `{claim: x, metric: clip_i, expect: same, ${within ? `${within}, ` : ''}a: {learning_rate: 1e-4}, b: {learning_rate: 1e-6}}`;
    expect(claim(text).verdict).toBe(verdict);
  });

  it('do not call two settings the same where few pictures leave the interval wide', () => {
    const text = (within: number): string =>
      `{claim: x, metric: clip_i, expect: same, within: ${within}, a: {subject: dog}, b: {subject: cat}}`;
    const wide = claim(text(1e-4));
    expect(wide.low).toBeLessThan(0);
    expect(wide.high).toBeGreaterThan(0);
    expect(wide.verdict).toBe('not seen');
    expect(claim(text(0.5)).verdict).toBe('seen');
  });

  it('compare groups that share nothing, shares of good settings, and differences of differences', () => {
    const subjects = claim('{claim: x, metric: clip_i, a: {subject: dog}, b: {subject: cat}}');
    expect(subjects).toMatchObject({ verdict: 'not seen', paired: false, n: 3 });
    const good = claim('{claim: x, metric: good, a: {learning_rate: 1e-4}, b: {learning_rate: 1e-6}}');
    expect(good).toMatchObject({ paired: false, n: 4 });
    expect(good.difference).toBeGreaterThan(0);
    const more = claim(`claim: steps matter more at a high rate
metric: clip_i
a: {learning_rate: 1e-4, max_train_steps: 160}
b: {learning_rate: 1e-4, max_train_steps: 40}
than: {a: {learning_rate: 1e-6, max_train_steps: 160}, b: {learning_rate: 1e-6, max_train_steps: 40}}`);
    expect(more).toMatchObject({ verdict: 'seen', paired: false });
  });

  it.each([
    ['{claim: x, metric: nothing, a: {}, b: {}}', /metric nothing: not measured.*clip_i/],
    ['{claim: x, metric: clip_i, a: {lerning_rate: 1}, b: {}}', /lerning_rate: not an axis.*learning_rate/],
    ['{claim: x, metric: clip_i, a: {learning_rate: 7}, b: {}}', /a: nothing measured fits/],
  ])('say what is wrong with %s', (text, message) => {
    expect(() => claim(text)).toThrow(message);
  });

  it.each([
    ['[1]', /must begin with one of/],
    ['{grid: x, were: {}}', /were: not known here/],
    ['{claim: x, a: 1, b: {}}', /a: expected values by axis/],
    ['{claim: x, expect: more, a: {}, b: {}}', /expect: expected one of higher, lower, same/],
    ['{claim: x, expect: same, within: 0, a: {}, b: {}}', /within: expected a number greater than 0/],
    ['{claim: x, expect: same, within: much, a: {}, b: {}}', /within: expected a number greater than 0/],
    ['{claim: x, within: 0.1, a: {}, b: {}}', /within: belongs to expect: same/],
    ['{cells: x, limit: 0}', /limit/],
    ['a: [', /./],
  ])('refuse the query %s in one line', (text, message) => {
    expect(() => parseNoteQuery(text)).toThrow(message);
    expect(() => parseNoteQuery(text)).toThrow(/^[^\n]*$/);
  });

  it('stand on the page: text, claims and grids; nothing of theirs runs or is fetched', async () => {
    const path = await writeReport({ workspace: fake.workspace, name: 'n' });
    const page = readFileSync(path, 'utf8');
    const markdown = readFileSync(join(dirname(path), 'report.md'), 'utf8');
    expect(markdown).toMatch(/^> \*\*Seen:\*\* a higher rate brings the subject {2}\n> Subject \\\(CLIP/m);
    const notes = /<section id="notes"[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';
    expect(notes).toContain('<h2>Rates</h2>');
    expect(notes).toContain('<b>Seen:</b> a higher rate brings the subject');
    expect(notes).toMatch(
      /Subject \(CLIP-I\) \+0\.\d{3} \(95% \+0\.\d{3} to \+0\.\d{3}, effect size \+\d+\.\d, \d+ pairs\)/,
    );
    expect(notes.match(/<img /g)).toHaveLength(2 * 2 * 3);
    expect(notes).toContain('This quote cannot be drawn: chart no-such-chart');
    expect(notes).toContain('&lt;b&gt;markup&lt;/b&gt;');
    expect(notes).not.toMatch(/<(script|style|svg|iframe)|href="javascript|<[^>]* on\w+=/);
  });
});
