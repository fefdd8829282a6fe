import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { writeReport } from '../../src/reporter/writeReport.ts';
import { FakeWorkspace, square } from '../reporter/fakeWorkspace.ts';
import { HOSTILE } from '../reporter/hostile.ts';
import { doseOf, syntheticScores } from '../support/syntheticScores.ts';
import { CHROMIUM, hasChromium, launchChromium } from './chromium.ts';

const sweep = (name: string, prompts: readonly string[], more: object = {}): string =>
  stringify({
    name,
    model: 'model',
    subjects: { cat: { instance_data_dir: 'cat', instance_prompt: 'a moji cat' } },
    train: { learning_rate: [1e-5, 1e-4, 1e-3], max_train_steps: [40, 80] },
    sample: { prompts, seeds: [0, 1] },
    ...more,
  });

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(!hasChromium)(`the page in Chromium (${CHROMIUM})`, () => {
  let browser: Browser;
  const made: FakeWorkspace[] = [];
  const pages: Record<'plain' | 'hostile' | 'large', string> = { plain: '', hostile: '', large: '' };

  beforeAll(async () => {
    browser = await launchChromium();
    // The second picture of the first trial is missing: arrow keys have to get past it.
    const plain = await FakeWorkspace.create({
      text: sweep('plain', ['x', 'y'], {
        notes:
          '# A note\n\n```sweetspot\nclaim: higher rates help\nmetric: clip_i\na: {learning_rate: 1e-3}\nb: {learning_rate: 1e-5}\n```\n',
      }),
      scores: (picture, plan, role) =>
        role === 'group'
          ? { diversity: 0.2 }
          : syntheticScores(doseOf(picture, plan), `${picture.prompt} ${picture.seed}`),
      without: ({ key }, { cells, trials }) =>
        cells.some(
          cell =>
            cell.pictureKey === key && cell.trial === trials[0]?.id && cell.prompt === 'x' && cell.seed === 1,
        ),
    });
    const hostile = await FakeWorkspace.create({ text: sweep('hostile', HOSTILE), name: HOSTILE[0] });
    const large = await FakeWorkspace.create({
      text: sweep('large', ['x']),
      pictureBytes: ({ key }) => square(key, 320),
    });
    made.push(plain, hostile, large);
    pages.plain = await writeReport(plain);
    pages.hostile = await writeReport(hostile);
    pages.large = await writeReport(large);
  });
  afterAll(async () => {
    await browser?.close();
    for (const fake of made) fake.dispose();
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });

  /** Opens a page; everything it asks for and complains about ends up in the lists. */
  async function open(
    path: string,
    options: BrowserContextOptions = {},
    hash = '',
  ): Promise<{ page: Page; requests: string[]; complaints: string[] }> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on('request', request => {
      if (!request.url().startsWith('data:')) requests.push(request.url());
    });
    page.on('console', message => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', error => complaints.push(error.message));
    await page.goto(`${pathToFileURL(path).href}${hash}`);
    return { page, requests, complaints };
  }

  const alt = (page: Page): Promise<string | null> =>
    page.locator('dialog .frame img').first().getAttribute('alt');
  const isOpen = (page: Page): Promise<unknown> => page.evaluate("document.querySelector('dialog').open");
  const picture = (page: Page, name: string) =>
    page
      .locator('#explorer .pic')
      .filter({ has: page.locator(`img[alt="${name}"]`) })
      .first();
  const headings = (page: Page, row: string): Promise<string[]> =>
    page.locator(`#explorer .grid`).first().locator(row).allTextContents();

  it('opens from a file without a request or a complaint, and shows every picture', async () => {
    const { page, requests, complaints } = await open(pages.plain);
    for (const section of ['#charts', '#provenance']) await page.locator(section).scrollIntoViewIfNeeded();
    await page.locator('#charts-live canvas').first().waitFor();
    expect(requests).toEqual([pathToFileURL(pages.plain).href]);
    expect(complaints).toEqual([]);
    const broken =
      "[...document.querySelectorAll('main img')].filter(i => !i.complete || i.naturalWidth === 0).length";
    expect(await page.evaluate(broken)).toBe(0);
    expect(await page.locator('#explorer .pic').count()).toBe(2 * (3 * 2 * 2 + 2 * 3));
    expect(await page.locator('#charts-live canvas').count()).toBeGreaterThan(6);
  });

  it('answers first: settings, reason, and pictures of too little, right and too much', async () => {
    const { page } = await open(pages.plain);
    const headline = page.locator('.headline');
    expect(await headline.textContent()).toMatch(/Learning rate 1e-4.*80 steps/);
    const box = await headline.boundingBox();
    expect((box?.y ?? 900) + (box?.height ?? 0)).toBeLessThan(500);
    expect(await page.locator('.column figcaption b').allTextContents()).toEqual([
      'Your photos',
      'Untrained',
      'Too little',
      'Sweet spot',
      'Too much',
    ]);
    await page.getByText('Train it for good').click();
    expect(await page.locator('.command pre').textContent()).toContain('--max_train_steps=80');
    expect(await page.locator('.map td.best').getAttribute('class')).toContain('good');
  });

  it.each([
    [390, 'light'],
    [390, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
    [2560, 'light'],
  ] as const)('fits %i pixels in the %s scheme', async (width, colorScheme) => {
    for (const path of [pages.plain, pages.hostile]) {
      const { page, complaints } = await open(path, { viewport: { width, height: 900 }, colorScheme });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      const paper = String(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
      const [red = 0] = (paper.match(/\d+/g) ?? []).map(Number);
      expect(red < 128).toBe(colorScheme === 'dark');
      expect(complaints).toEqual([]);
    }
  });

  it.each(['light', 'dark'] as const)('has no serious finding of axe in the %s scheme', async colorScheme => {
    const { page } = await open(pages.plain, { colorScheme });
    const find = async (): Promise<string[]> =>
      (await page.evaluate(`${AXE}; axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ' ' + target)))`)) as string[];
    await page.locator('.arrange summary').click();
    expect(await find()).toEqual([]);
    await picture(page, 'learning rate 1e-5, 80 steps, seed 0: y').click();
    expect(await find()).toEqual([]);
  });

  it('moves axes, swaps and filters them, and keeps the view in the address', async () => {
    const { page, complaints } = await open(pages.plain);
    expect(await headings(page, 'thead th')).toEqual(['untrained', '40 steps', '80 steps']);
    await page.locator('.arrange summary').click();
    await page.getByRole('button', { name: 'Swap rows and columns' }).click();
    expect(await headings(page, 'tbody th')).toEqual(['40', '80']);
    await page.locator('.dim select').nth(0).selectOption('columns');
    expect(await page.locator('#explorer .grid').count()).toBe(1);
    await page.getByLabel('1e-3', { exact: true }).uncheck();
    const rest = await headings(page, 'thead th');
    expect(rest).toHaveLength(5);
    expect(rest.join()).not.toContain('1e-3');
    const address = page.url();
    expect(address).toContain('only.learning_rate=0,1');
    const { page: linked } = await open(pages.plain, {}, new URL(address).hash);
    expect(await headings(linked, 'thead th')).toEqual(rest);
    await page.getByRole('button', { name: 'Start view' }).click();
    expect(new URL(page.url()).hash).toBe('');
    expect(complaints).toEqual([]);
  });

  it('walks the grid and the light box by keyboard, past what is missing', async () => {
    const { page, complaints } = await open(pages.plain);
    await picture(page, 'untrained model, seed 1: x').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    const focused = 'document.activeElement.querySelector("img")?.alt ?? document.activeElement.ariaLabel';
    expect(await page.evaluate(focused)).toBe('learning rate 1e-4, 40 steps, seed 1: x');
    await page.keyboard.press('ArrowUp');
    expect(await page.evaluate(focused)).toBe('learning rate 1e-5, 40 steps, seed 1. Missing: not made yet');
    await page.keyboard.press('s');
    await page.keyboard.press('Enter');
    expect(await isOpen(page)).toBe(true);
    expect(await alt(page)).toBe('learning rate 1e-5, 40 steps, seed 0: x');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    expect(await alt(page)).toBe('learning rate 1e-4, 80 steps, seed 0: x');
    expect(await page.locator('dialog .words').textContent()).toMatch(/Balance|Subject \(CLIP-I\)0\.\d{3}/);
    expect(page.url()).toContain('picture=');
    const { page: linked } = await open(pages.plain, {}, new URL(page.url()).hash);
    expect(await alt(linked)).toBe('learning rate 1e-4, 80 steps, seed 0: x');
    await page.keyboard.press('Escape');
    expect(await isOpen(page)).toBe(false);
    await expect.poll(() => page.evaluate(focused)).toBe('learning rate 1e-4, 80 steps, seed 0: x');
    expect(complaints).toEqual([]);
  });

  it('compares two pictures by slider, blink and side by side, and plays a training', async () => {
    const { page, complaints } = await open(pages.plain);
    await picture(page, 'learning rate 1e-5, 80 steps, seed 0: y').click();
    await page.keyboard.press('c');
    await page.keyboard.press('ArrowDown');
    await page.getByRole('button', { name: 'Slider' }).click();
    const clip = (): Promise<unknown> => page.evaluate('document.querySelector("dialog .a").style.clipPath');
    expect(await clip()).toBe('inset(0px 50% 0px 0px)');
    await page.getByLabel('How much of picture A is seen').fill('80');
    expect(await clip()).toBe('inset(0px 20% 0px 0px)');
    expect(page.url()).toContain('mode=slider');
    await page.keyboard.press('b');
    await expect.poll(() => page.locator('.frame.shows-b').count()).toBe(1);
    await page.getByRole('button', { name: 'Side by side' }).click();
    expect(await page.locator('dialog .frame img').count()).toBe(2);
    await page.getByRole('button', { name: 'Stop comparing' }).click();
    const steps = page.getByLabel('Training steps', { exact: true });
    await steps.fill('0');
    expect(await alt(page)).toBe('untrained model, seed 0: y');
    expect(complaints).toEqual([]);
  });

  it('compares a picture with the real photos, which the address remembers', async () => {
    const { page, complaints } = await open(pages.plain);
    await picture(page, 'learning rate 1e-5, 80 steps, seed 0: y').click();
    await page.getByRole('button', { name: 'With your photo' }).click();
    const sides = (): Promise<(string | null)[]> =>
      page.locator('dialog .frame img').evaluateAll(images => images.map(image => image.getAttribute('alt')));
    expect((await sides())[1]).toMatch(/^Photo 1 of/);
    expect(page.url()).toContain('beside=photo0&mode=slider');
    await page.keyboard.press('ArrowDown');
    expect((await sides())[1]).toMatch(/^Photo 1 of/);
    await page.keyboard.press('f');
    expect((await sides())[1]).toMatch(/^Photo 2 of/);
    expect(await page.locator('dialog .names').textContent()).toMatch(/A Photo 2 of/);
    await page.reload();
    expect((await sides())[1]).toMatch(/^Photo 2 of/);
    await page.getByRole('button', { name: 'Stop comparing' }).click();
    expect(await sides()).toHaveLength(1);
    expect(complaints).toEqual([]);
  });

  it('sorts, filters and compares trials', async () => {
    const { page } = await open(pages.plain);
    const first = (): Promise<string | null> =>
      page.locator('.trials tbody tr:not([hidden]) th').first().textContent();
    const noise = page.locator('.sort').filter({ hasText: /^Noise$/ });
    await noise.click();
    await noise.click();
    expect(await first()).toBe('6');
    await page.getByRole('searchbox').fill('1e-5 incomplete');
    expect(await first()).toBe('1');
    await page.getByRole('searchbox').fill('');
    await page.getByLabel('Choose trial 1').check();
    await page.getByLabel('Choose trial 4').check();
    expect(await page.locator('.difference table').textContent()).toMatch(/learning rate1e-51e-4/);
    expect(await page.locator('.difference').textContent()).toContain('as train_dreambooth.py command');
  });

  it('quotes cells and claims in notes', async () => {
    const { page } = await open(pages.plain);
    expect(await page.locator('#notes h2').textContent()).toBe('A note');
    expect(await page.locator('.claim').textContent()).toMatch(/higher rates help[\s\S]*95%/);
  });

  it('says all of it without scripts, the light box included', async () => {
    const { page } = await open(pages.plain, { javaScriptEnabled: false });
    expect(await page.locator('.charts img').first().isVisible()).toBe(true);
    expect(await page.locator('.trials tbody tr').count()).toBe(7);
    const caption = page.locator('#p-0-1-2-0 figcaption');
    expect(await caption.isVisible()).toBe(false);
    await page.locator('#p-0-1-2-0 a.pic').click();
    expect(await caption.isVisible()).toBe(true);
    const box = await page.locator('#p-0-1-2-0 img').boundingBox();
    expect(box?.width).toBeGreaterThan(600);
    await caption.getByText('Close').click();
    expect(await caption.isVisible()).toBe(false);
  });

  it('runs nothing of what hostile texts ask for, and shows them', async () => {
    const { page, requests, complaints } = await open(pages.hostile);
    expect(requests).toHaveLength(1);
    expect(complaints).toEqual([]);
    expect(await page.locator('h1').textContent()).toBe(HOSTILE[0]);
    const prompts = await page.locator('#explorer .page-title .prompt').allTextContents();
    expect(prompts.slice(0, 5)).toEqual(HOSTILE.slice(0, 5));
    expect(prompts).toHaveLength(HOSTILE.length);
    await page.locator('#explorer .pic').nth(2).hover();
    await page.locator('#explorer .pic').nth(2).click();
    expect(await page.locator('dialog .words').textContent()).toContain(HOSTILE[0]);
    expect(await page.evaluate('typeof window.broken')).toBe('undefined');
    expect(await page.locator('script').count()).toBe(3);
  });

  it('loads originals beside the page only when one is looked at', async () => {
    const { page, requests, complaints } = await open(pages.large);
    expect(requests).toHaveLength(1);
    await picture(page, 'learning rate 1e-5, 40 steps, seed 0: x').click();
    await page.waitForFunction('document.querySelector("dialog .stage img").naturalWidth === 320');
    expect(requests.slice(1)).toEqual([expect.stringMatching(/\/images\/[0-9a-f]{20}\.png$/)]);
    expect(complaints).toEqual([]);
  });
});
