import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { reportFolder } from '../../src/reporter/reportFolder.ts';
import { writeReport } from '../../src/reporter/writeReport.ts';
import { PICTURE_FILE } from '../../src/stages/sample.ts';
import { stageDir } from '../../src/store/stageStore.ts';
import { workspaceAt } from '../../src/store/workspace.ts';
import { type FakeOptions, FakeWorkspace, square } from './fakeWorkspace.ts';
import { HOSTILE } from './hostile.ts';

const made: FakeWorkspace[] = [];
afterEach(() => {
  for (const fake of made.splice(0)) fake.dispose();
});

async function fake(options: FakeOptions): Promise<FakeWorkspace> {
  const workspace = await FakeWorkspace.create(options);
  made.push(workspace);
  return workspace;
}

const sweep = (train: string, prompts: readonly string[] = ['x'], more: object = {}): string =>
  stringify({
    name: 'n',
    model: 'model',
    subjects: { cat: { instance_data_dir: 'cat', instance_prompt: 'a moji cat', class_prompt: 'a cat' } },
    train: JSON.parse(train),
    sample: { prompts, seeds: [0, 1] },
    ...more,
  });

const SMALL = '{"learning_rate": [1e-6, 1e-4], "max_train_steps": [4, 8]}';

const withoutScripts = (page: string): string => page.replace(/(<script[^>]*>)[\s\S]*?<\/script>/g, '$1');

/** What a reader sees: text without markup, entities resolved. */
const textOf = (markup: string): string =>
  markup
    .replace(/<(style|script)[^>]*>.*?<\/\1>/gs, '')
    .replace(/<[^>]*>/g, '\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

/** Control characters as their Unicode pictures. */
function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x7f) return '␡';
  return code < 0x20 ? String.fromCodePoint(0x2400 + code) : character;
}

describe('writeReport', () => {
  it('writes one page below reports, and the same bytes for the same store', async () => {
    const { workspace, name } = await fake({ text: sweep(SMALL) });
    const page = await writeReport({ workspace, name });
    expect(page).toBe(join(workspace.reports, 'n', 'index.html'));
    expect(readdirSync(dirname(page)).sort()).toEqual(['charts', 'images', 'index.html', 'report.md']);
    const first = readFileSync(page);
    await writeReport({ workspace, name });
    expect(readFileSync(page).equals(first)).toBe(true);
    const other = await writeReport({ workspace, name, outputDir: join(workspace.root, 'elsewhere') });
    expect(readFileSync(other).equals(first)).toBe(true);
  });

  it('embeds every picture as it is, with its settings in words', async () => {
    const { workspace, name, plan } = await fake({ text: sweep(SMALL) });
    const page = readFileSync(await writeReport({ workspace, name }), 'utf8');
    for (const [position, { key }] of plan.pictures.entries()) {
      const bytes = readFileSync(join(stageDir(workspace, key), PICTURE_FILE));
      const [, webp = ''] =
        new RegExp(`data-p="${position}" src="data:image/webp;base64,([^"]+)"`).exec(page) ?? [];
      const pixels = (data: Buffer) => sharp(data).removeAlpha().raw().toBuffer();
      expect((await pixels(Buffer.from(webp, 'base64'))).equals(await pixels(bytes))).toBe(true);
    }
    expect(page).toContain('alt="cat, learning rate 1e-4, 8 training steps, seed 1: x"');
    expect(page).toContain('alt="Untrained model, seed 0: x"');
    expect(textOf(page)).toMatch(
      /2 learning rates × 2 training lengths[\s\S]*Judge by eye[\s\S]*Nothing was measured/,
    );
    expect(textOf(page)).toMatch(/16\s+trial by trial: 24, saved 33%/);
    for (const image of page.match(/<img [^>]*>/g) ?? []) expect(image).toMatch(/ alt="/);
  });

  it('fetches nothing: every address is data or a place in the page', async () => {
    const { workspace, name } = await fake({ text: sweep(SMALL) });
    const page = readFileSync(await writeReport({ workspace, name }), 'utf8');
    const addresses = [...withoutScripts(page).matchAll(/\b(?:src|srcset|href|action)="([^"]*)"/g)].map(
      ([, address]) => address ?? '',
    );
    expect(addresses.length).toBeGreaterThan(20);
    const allowed = /^(data:image\/(png|webp);base64,|#|images\/[0-9a-f]{20}\.png$)/;
    expect(addresses.filter(address => !allowed.test(address))).toEqual([]);
    expect(withoutScripts(page)).not.toMatch(/url\(|@import|https?:/);
    expect(page).toContain(
      'default-src &#39;none&#39;; img-src data: &#39;self&#39; file:; style-src &#39;sha256-',
    );
  });

  it('shows hostile texts literally, wherever they come from', async () => {
    const [first = '', second = '', third = ''] = HOSTILE;
    const { workspace, name } = await fake({
      text: `${sweep(SMALL, HOSTILE)}# ${first}\n`,
      tamper: plan => {
        plan.sweep.model.name = second;
        for (const subject of plan.sweep.subjects) subject.instancePrompt = third;
      },
      without: ({ kind }, { trajectories }) => kind === 'dreambooth' && trajectories.length > 0,
    });
    made[0]?.fail('dreambooth', `train-${made[0].plan.trajectories[0]?.key.slice(0, 10)}`, {
      code: 'E_NOT_FINITE',
      what: HOSTILE[3],
      place: HOSTILE[4],
    });
    const page = readFileSync(await writeReport({ workspace, name }), 'utf8');
    const text = textOf(page);
    for (const prompt of HOSTILE) {
      const shown = [...prompt].map(visible).join('');
      expect(text).toContain(`\n${shown}\n`);
    }
    expect(text).toContain(`${HOSTILE[4]}: ${HOSTILE[3]}`);
    const markup = withoutScripts(page);
    expect(markup.match(/<script/g)).toHaveLength(3);
    expect(markup.match(/<style/g)).toHaveLength(1);
    expect(markup).not.toMatch(/<(object|iframe|link|base|form)\b/);
    for (const tag of markup.match(/<[a-z][^>]*>/g) ?? []) expect(tag).not.toMatch(/ on\w+="/);
  });

  it.each(['../../evil', '..', '/etc/passwd', '.hidden', 'a/b', '<b>', 'x'.repeat(300), 'nul\0', ''])(
    'names a folder directly below reports for a sweep named %j',
    name => {
      const workspace = workspaceAt('/w');
      expect(dirname(reportFolder(workspace, name))).toBe(workspace.reports);
      expect(basename(reportFolder(workspace, name))).toMatch(/^sweep-[0-9a-f]{16}$/);
    },
  );

  it('keeps a hostile name inside reports, and shows it', async () => {
    const { workspace, name } = await fake({ text: sweep('{"max_train_steps": 4}'), name: '../../<i>evil' });
    const page = await writeReport({ workspace, name });
    expect(dirname(dirname(page))).toBe(workspace.reports);
    expect(readFileSync(page, 'utf8')).toContain('<title>../../&lt;i&gt;evil: sweetspot report</title>');
  });

  it('keeps a plain name in other scripts', async () => {
    const { workspace, name } = await fake({
      text: sweep('{"max_train_steps": 4}', ['x'], { name: 'кошка-猫_1.2' }),
    });
    expect(await writeReport({ workspace, name })).toBe(
      join(workspace.reports, 'кошка-猫_1.2', 'index.html'),
    );
  });

  it('shows thumbnails of large pictures, with the originals beside the page', async () => {
    const { workspace, name, plan } = await fake({
      text: sweep('{"max_train_steps": 4}'),
      pictureBytes: ({ key }) => square(key, 300),
    });
    const path = await writeReport({ workspace, name });
    const page = readFileSync(path, 'utf8');
    const keys = plan.pictures.map(({ key }) => key);
    expect(readdirSync(join(dirname(path), 'images')).sort()).toEqual(
      keys.map(key => `${key.slice(0, 20)}.png`).sort(),
    );
    for (const key of keys) {
      expect(page).toContain(`href="images/${key.slice(0, 20)}.png"`);
      const original = readFileSync(join(stageDir(workspace, key), PICTURE_FILE));
      expect(readFileSync(join(dirname(path), 'images', `${key.slice(0, 20)}.png`)).equals(original)).toBe(
        true,
      );
    }
    expect(page).toContain('The original, 300 × 300 pixels');
  });

  it('says what is missing, failed or damaged, and still shows the rest', async () => {
    const { workspace, name, plan } = await fake({
      text: sweep(SMALL),
      without: ({ key }, { cells }) => key === cells[0]?.pictureKey,
    });
    writeFileSync(join(stageDir(workspace, plan.cells[1]?.pictureKey ?? ''), PICTURE_FILE), 'no picture');
    rmSync(plan.sweep.subjects[0]?.instanceImages[0] ?? '');
    const text = textOf(readFileSync(await writeReport({ workspace, name }), 'utf8'));
    expect(text).toContain('Not everything is here.');
    expect(text).toContain('Seed 0: missing, not made yet');
    expect(text).toContain('Seed 1: missing, the file cannot be read as a picture');
    expect(text).toMatch(/Trial 1[\s\S]*missing: not made yet/);
    expect(text).toContain('Photo 1 of 3 of cat: the file is gone');
  });

  it('draws a page for a sweep that has not begun', async () => {
    const { workspace, name } = await fake({ text: sweep(SMALL), without: () => true });
    const text = textOf(readFileSync(await writeReport({ workspace, name }), 'utf8'));
    expect(text).toContain('nothing computed yet');
  });

  it('names steps whose loss is no number', async () => {
    const { workspace, name } = await fake({
      text: sweep('{"learning_rate": [1e-6, 1e-2], "max_train_steps": 8}'),
      loss: (step, rate) => (rate > 1e-3 && step > 5 ? Number.NaN : 0.1),
    });
    const text = textOf(readFileSync(await writeReport({ workspace, name }), 'utf8'));
    expect(text).toContain('learning rate 0.01: the loss is not a number at step 6');
  });

  it('refuses an unknown sweep and an empty workspace in one line', async () => {
    const { workspace } = await fake({ text: sweep('{"max_train_steps": 4}') });
    await expect(writeReport({ workspace, name: '../n' })).rejects.toMatchObject({ code: 'E_MISSING' });
    const empty = { ...workspace, databaseFile: join(workspace.root, 'none.db') };
    await expect(writeReport({ workspace: empty, name: 'n' })).rejects.toMatchObject({ code: 'E_MISSING' });
  });
});
