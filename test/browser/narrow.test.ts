import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { THEMES } from '../../src/reporter/shared/charts/theme.ts';
import { writeReport } from '../../src/reporter/writeReport.ts';
import { FakeWorkspace } from '../reporter/fakeWorkspace.ts';
import { doseOf, syntheticScores } from '../support/syntheticScores.ts';
import { CHROMIUM, hasChromium, launchChromium } from './chromium.ts';

const PHONE = { width: 390, height: 800 };

/** Of the bottom of a chart: how many pixels of it have a colour. */
async function inLegend(png: Buffer, colour: string): Promise<number> {
  const { width = 0, height = 0 } = await sharp(png).metadata();
  const legend = { left: 0, top: height - 50, width, height: 50 };
  const { data } = await sharp(png).extract(legend).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const wanted = [1, 3, 5].map(at => Number.parseInt(colour.slice(at, at + 2), 16));
  let found = 0;
  for (let i = 0; i < data.length; i += 3) {
    if (wanted.every((value, c) => Math.abs((data[i + c] ?? 0) - value) < 6)) found += 1;
  }
  return found;
}

describe('a report with many lines', () => {
  let fake: FakeWorkspace;
  let path: string;
  let browser: Browser | undefined;
  /** The page on a phone. */
  async function onPhone(): Promise<Page> {
    browser ??= await launchChromium();
    const page = await (await browser.newContext({ viewport: PHONE })).newPage();
    await page.goto(pathToFileURL(path).href);
    return page;
  }

  beforeAll(async () => {
    fake = await FakeWorkspace.create({
      text: `name: n
model: model
subjects: {cat: {instance_data_dir: cat, instance_prompt: a moji cat}}
train: {learning_rate: [1e-4, 1e-3], max_train_steps: [10, 80]}
sample: {prompts: [x], seeds: [0, 1], scheduler: [ddim, pndm], guidance_scale: [3, 6]}
`,
      scores: (picture, plan, role) =>
        role === 'group'
          ? { diversity: 0.2 }
          : syntheticScores(doseOf(picture, plan), `${picture.sampler.scheduler} ${picture.seed}`),
    });
    path = await writeReport({ workspace: fake.workspace, name: 'n' });
  });
  afterAll(async () => {
    await browser?.close();
    fake?.dispose();
  });
  const chart = (name: string): Buffer => readFileSync(join(dirname(path), 'charts', `${name}.png`));

  it('names every line in the legend of its drawn charts', async () => {
    const { lines } = THEMES.light;
    // The eighth, and no name after it.
    expect(await inLegend(chart('steps-balance-1'), lines[7] ?? '')).toBeGreaterThan(100);
  });

  it('shows in the legend what the points of each region look like', async () => {
    const { lines, accent } = THEMES.light;
    for (const colour of [lines[2], accent, lines[1]]) {
      expect(await inLegend(chart('front-1'), colour ?? '')).toBeGreaterThan(50);
    }
  });

  describe.skipIf(!hasChromium)(`in Chromium (${CHROMIUM}), on a phone`, () => {
    it('can close a large picture without scrolling, wherever it was scrolled to', async () => {
      const page = await onPhone();
      await page.locator('#explorer .pic').first().click();
      const shut = page.locator('dialog .shut');
      const y = async (): Promise<number> => (await shut.boundingBox())?.y ?? -1;
      expect(await y()).toBeGreaterThan(0);
      expect(await y()).toBeLessThan(100);
      await page.evaluate("document.querySelector('dialog').scrollTop = 1e6");
      expect(Number(await page.evaluate("document.querySelector('dialog').scrollTop"))).toBeGreaterThan(50);
      expect(await y()).toBeGreaterThan(0);
      expect(await y()).toBeLessThan(100);
      await shut.click();
      expect(await page.evaluate("document.querySelector('dialog').open")).toBe(false);
    });

    it('has room for every name in the legends of its charts', async () => {
      const page = await onPhone();
      const places = page.locator('#charts-live .canvas');
      for (let i = 0; i < (await places.count()); i += 1) {
        await places.nth(i).scrollIntoViewIfNeeded();
        await expect
          .poll(() =>
            page.evaluate(
              `Chart.getChart(document.querySelectorAll('#charts-live canvas')[${i}]) !== undefined`,
            ),
          )
          .toBe(true);
      }
      const legends =
        await page.evaluate(`[...document.querySelectorAll('#charts-live canvas')].flatMap(canvas => {
        const { legend, height, chartArea } = Chart.getChart(canvas);
        if (!legend.options.display) return [];
        const last = legend.legendHitBoxes.at(-1);
        return [{ below: last.top + last.height - height, plot: chartArea.bottom - chartArea.top }];
      })`);
      expect((legends as unknown[]).length).toBeGreaterThan(7);
      for (const { below, plot } of legends as { below: number; plot: number }[]) {
        expect(below).toBeLessThanOrEqual(0);
        expect(plot).toBeGreaterThan(80);
      }
    });
  });
});
