import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { bestLines } from '../../src/cli/bestLines.ts';
import type { Region, ReportModel, ReportSetting } from '../../src/reporter/model/reportModel.ts';
import { namedTies } from '../../src/reporter/model/sweetSpot.ts';
import { readReportModel, writeReport } from '../../src/reporter/writeReport.ts';
import { runCli } from '../support/cli.ts';
import { doseOf, syntheticScores } from '../support/syntheticScores.ts';
import { FakeWorkspace } from './fakeWorkspace.ts';

const made: FakeWorkspace[] = [];
afterEach(() => {
  for (const fake of made.splice(0)) fake.dispose();
});

interface Written {
  page: string;
  markdown: string;
  model: ReportModel;
  fake: FakeWorkspace;
}

/** @param clipT by learning rate x steps, 0 for the untrained model */
async function written(
  rates: string,
  clipT: (dose: number, seed: number) => number,
  sample = 'prompts: [x, y], seeds: [0, 1]',
): Promise<Written> {
  const fake = await FakeWorkspace.create({
    text: `name: n
model: model
subjects: {cat: {instance_data_dir: cat, instance_prompt: a moji cat}}
train: {learning_rate: [${rates}], max_train_steps: [40, 160]}
sample: {${sample}}
notes: "\`\`\`sweetspot\\nanswer:\\n\`\`\`"
`,
    scores: (picture, plan, role) => {
      const dose = doseOf(picture, plan);
      if (role === 'group') return { diversity: 0.2 };
      return {
        ...syntheticScores(dose, `${picture.prompt} ${picture.seed}`),
        clip_t: clipT(dose, picture.seed),
      };
    },
  });
  made.push(fake);
  const path = await writeReport({ workspace: fake.workspace, name: 'n' });
  return {
    page: readFileSync(path, 'utf8'),
    markdown: readFileSync(join(dirname(path), 'report.md'), 'utf8'),
    model: readReportModel(fake.workspace, 'n'),
    fake,
  };
}

const text = (page: string, id: string): string =>
  (new RegExp(`<section id="${id}"[\\s\\S]*?</section>`).exec(page)?.[0] ?? '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe('where the best setting is no good one', () => {
  it('page, Markdown, notes and terminal say that there is no sweet spot yet', async () => {
    // Whatever was trained lost the prompt, so that all of it is overfit.
    const { page, markdown, model, fake } = await written('1e-4, 1e-3', (dose, seed) =>
      dose === 0 ? 0.32 : 0.1 + 0.001 * seed,
    );
    const best = model.settings[model.answers[0]?.best ?? -1];
    expect(best?.region).toBe('overfit');
    expect(text(page, 'answer')).toMatch(/No sweet spot yet for cat : best so far Learning rate 1e-/);
    expect(text(page, 'answer')).toContain('Best so far');
    expect(text(page, 'answer')).not.toMatch(/The sweet spot for|Sweet spot/);
    expect(text(page, 'answer')).toContain('it is overfit already: look closely');
    expect(page).not.toContain('class="column best"');
    expect(text(page, 'map')).toContain('overfit · best so far');
    expect(text(page, 'map')).not.toContain('★');
    expect(markdown).toContain('## cat: no sweet spot yet, best so far learning rate');
    expect(markdown).toContain('**cat: no sweet spot yet, best so far learning rate');
    expect(bestLines(fake.workspace, 'n')[0]).toMatch(/^no sweet spot yet for cat: best so far by balance: /);
    const { stdout } = await runCli(['best', 'n'], fake.workspace.root);
    expect(stdout).toMatch(/^No sweet spot yet for cat: best so far by balance:\n/);
    const noise = await runCli(['best', 'n', '--metric', 'noise'], fake.workspace.root);
    expect(noise.stdout).toMatch(/^cat, by noise:\n/);
  });

  it('a good one is proclaimed as before', async () => {
    const { page, markdown, model, fake } = await written('1e-5, 1e-4', dose => (dose < 5e-2 ? 0.32 : 0.2));
    expect(model.settings[model.answers[0]?.best ?? -1]?.region).toBe('good');
    expect(text(page, 'answer')).toContain('The sweet spot for cat');
    expect(page).toContain('class="column best"');
    expect(text(page, 'map')).toContain('good · ★ best');
    expect(markdown).toContain('## cat: learning rate');
    expect(bestLines(fake.workspace, 'n')[0]).toMatch(/^best of cat by balance: /);
  });
});

describe('ties', () => {
  const setting = (region: Region | null): ReportSetting => ({ region }) as ReportSetting;
  const [good, alsoGood, under, over] = (['good', 'good', 'underfit', 'overfit'] as const).map(setting);

  it('are named beside a good setting only where they are good', () => {
    expect(
      good &&
        namedTies(
          good,
          [under, alsoGood, over].flatMap(each => each ?? []),
        ),
    ).toEqual({
      named: [alsoGood],
      leftOut: 2,
    });
  });

  it('are all named where nothing is good', () => {
    expect(
      under &&
        namedTies(
          under,
          [over].flatMap(each => each ?? []),
        ),
    ).toEqual({ named: [over], leftOut: 0 });
  });

  it('stand on the page as not told apart, not as equals; the bad ones as a number', async () => {
    // One picture a setting tells nothing apart; the lowest rate has no likeness.
    const { page, markdown, model } = await written('1e-5, 1e-4', () => 0.32, 'prompts: [x], seeds: [0]');
    const [answer] = model.answers;
    const ties = (answer?.ties ?? []).map(id => model.settings[id]?.region);
    expect(ties).toContain('underfit');
    expect(page + markdown).not.toContain('As good');
    expect(text(page, 'answer')).toMatch(/Not told apart from it by these pictures: .*underfit or overfit/);
    expect(markdown).toMatch(/^Not told apart from it by these pictures: .*underfit or overfit\.$/m);
  });
});
