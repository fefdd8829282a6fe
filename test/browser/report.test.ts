import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { writeReport } from '../../src/reporter/writeReport.ts';
import { FakeWorkspace, square } from '../reporter/fakeWorkspace.ts';
import { HOSTILE } from '../reporter/hostile.ts';
import { CHROMIUM, hasChromium, launchChromium } from './chromium.ts';

const sweep = (name: string, prompts: readonly string[]): string =>
  stringify({
    name,
    model: 'model',
    subjects: { cat: { instance_data_dir: 'cat', instance_prompt: 'a moji cat' } },
    train: { learning_rate: [1e-6, 1e-5, 1e-4], max_train_steps: [4, 8] },
    sample: { prompts, seeds: [0, 1] },
  });

describe.skipIf(!hasChromium)(`the page in Chromium (${CHROMIUM})`, () => {
  let browser: Browser;
  const made: FakeWorkspace[] = [];
  const pages: Record<'plain' | 'hostile' | 'large', string> = { plain: '', hostile: '', large: '' };

  beforeAll(async () => {
    browser = await launchChromium();
    // The second picture of the first trial is missing: arrow keys have to get past it.
    const plain = await FakeWorkspace.create({
      text: sweep('plain', ['x', 'y']),
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

  const alt = (page: Page): Promise<string | null> => page.locator('dialog .stage img').getAttribute('alt');
  const isOpen = (page: Page): Promise<unknown> => page.evaluate("document.querySelector('dialog').open");

  it('opens from a file without a request or a complaint, and shows every picture', async () => {
    const { page, requests, complaints } = await open(pages.plain);
    expect(requests).toEqual([pathToFileURL(pages.plain).href]);
    expect(complaints).toEqual([]);
    const broken =
      "[...document.querySelectorAll('main img')].filter(i => !i.complete || i.naturalWidth === 0).length";
    expect(await page.evaluate(broken)).toBe(0);
    expect(await page.locator('main img').count()).toBeGreaterThan(40);
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
      const sources = "[...document.querySelectorAll('.chart source')].map(s => s.srcset)";
      const index = await page.evaluate(
        `${sources}.indexOf(document.querySelector('.chart img').currentSrc)`,
      );
      expect(index).toBe(width < 641 ? (colorScheme === 'dark' ? 0 : 1) : colorScheme === 'dark' ? 2 : -1);
      expect(complaints).toEqual([]);
    }
  });

  it('walks the grid by keyboard in the light box, past what is missing', async () => {
    const { page, complaints } = await open(pages.plain);
    await page.locator('#p-0-0-0-1 a.pic').focus();
    await page.keyboard.press('Enter');
    expect(await isOpen(page)).toBe(true);
    expect(await alt(page)).toBe('Untrained model, seed 1: x');
    const visited: (string | null)[] = [];
    for (const key of [
      'ArrowRight',
      'ArrowDown',
      'ArrowLeft',
      's',
      'ArrowLeft',
      'ArrowUp',
      'ArrowUp',
      'ArrowLeft',
    ]) {
      await page.keyboard.press(key);
      visited.push(await alt(page));
    }
    expect(visited).toEqual([
      'cat, learning rate 1e-6, 8 training steps, seed 1: x',
      'cat, learning rate 1e-5, 8 training steps, seed 1: x',
      'cat, learning rate 1e-5, 4 training steps, seed 1: x',
      'cat, learning rate 1e-5, 4 training steps, seed 0: x',
      'Untrained model, seed 0: x',
      'Untrained model, seed 0: x',
      'Untrained model, seed 0: x',
      'Untrained model, seed 0: x',
    ]);
    expect(await page.locator('dialog .words').textContent()).toContain('step 0');
    await page.keyboard.press('Escape');
    expect(await isOpen(page)).toBe(false);
    // The browser first gives the focus back to the opener; the page's own choice follows with the close event.
    await expect.poll(() => page.evaluate('document.activeElement.parentElement.id')).toBe('p-0-0-0-0');
    expect(complaints).toEqual([]);
  });

  it('opens by click, moves and closes by buttons, and by the address', async () => {
    const { page } = await open(pages.plain);
    await page.locator('#p-1-1-2-0 a.pic').click();
    expect(await alt(page)).toBe('cat, learning rate 1e-5, 8 training steps, seed 0: y');
    const right = page.getByRole('button', { name: 'Picture to the right' });
    expect(await right.isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Next seed' }).click();
    expect(await alt(page)).toContain('seed 1: y');
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await isOpen(page)).toBe(false);

    const { page: linked } = await open(pages.plain, {}, '#p-0-2-2-1');
    expect(await alt(linked)).toBe('cat, learning rate 1e-4, 8 training steps, seed 1: x');
  });

  it('says all of it without scripts, the light box included', async () => {
    const { page } = await open(pages.plain, { javaScriptEnabled: false });
    expect(await page.locator('dialog').isVisible()).toBe(false);
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
    const prompts = await page.locator('h4.prompt').allTextContents();
    expect(prompts.slice(0, 5)).toEqual(HOSTILE.slice(0, 5));
    expect(prompts).toHaveLength(HOSTILE.length);
    for (const id of ['#p-0-0-0-0', '#p-2-0-0-0', '#p-4-0-0-0']) await page.locator(`${id} a.pic`).hover();
    await page.locator('#p-0-0-1-0 a.pic').click();
    expect(await page.locator('dialog .words').textContent()).toContain(HOSTILE[0]);
    expect(await page.evaluate('typeof window.broken')).toBe('undefined');
    expect(await page.locator('script, style').count()).toBe(2);
  });

  it('loads originals beside the page only when one is looked at', async () => {
    const { page, requests, complaints } = await open(pages.large);
    expect(requests).toHaveLength(1);
    await page.locator('#p-0-0-1-0 a.pic').click();
    await page.waitForFunction('document.querySelector("dialog .stage img").naturalWidth === 320');
    expect(requests.slice(1)).toEqual([expect.stringMatching(/\/images\/[0-9a-f]{64}\.png$/)]);
    expect(complaints).toEqual([]);
  });
});
