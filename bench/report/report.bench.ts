/** How long a large report takes to write, to show and to scroll: 5,000 pictures, 200 trials of 1,200 losses. */
import { statSync } from 'node:fs';
import { cpus } from 'node:os';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { it } from 'vitest';
import { writeReport } from '../../src/reporter/writeReport.ts';
import { launchChromium } from '../../test/browser/chromium.ts';
import { FakeWorkspace } from '../../test/reporter/fakeWorkspace.ts';
import { chance, doseOf, syntheticScores } from '../../test/support/syntheticScores.ts';

const SIDE = Number(process.env.SWEETSPOT_BENCH_SIDE ?? 128);
const RATES = Number(process.env.SWEETSPOT_BENCH_RATES ?? 20);

const rates = Array.from({ length: RATES }, (_, i) =>
  Number((1e-6 * 10 ** ((4 * i) / (RATES - 1))).toPrecision(3)),
);

/** Noise of a colour of its own: as long as a photograph's PNG, and quick to make. */
function picture(key: string): Promise<Buffer> {
  const bytes = Buffer.alloc(SIDE * SIDE * 3);
  const seed = Math.floor(chance(key) * 2 ** 31);
  for (let i = 0; i < bytes.length; i += 1) {
    const x = Math.floor(i / 3) % SIDE;
    bytes[i] = (seed >> ((i % 3) * 8)) + x + (Math.imul(i, seed) >>> 28);
  }
  return sharp(bytes, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}

const FRAMES = `new Promise(resolve => {
  const frames = [];
  let last = performance.now();
  const begin = last;
  const height = document.documentElement.scrollHeight - innerHeight;
  const step = now => {
    frames.push(now - last);
    last = now;
    scrollTo({ top: Math.min(height, ((now - begin) / 4000) * height), behavior: 'instant' });
    if (now - begin < 4000) requestAnimationFrame(step);
    else resolve(frames.slice(1));
  };
  requestAnimationFrame(step);
})`;

it('a large report', async () => {
  const print = (name: string, value: string): void => console.log(`${name.padEnd(44)}${value}`);
  const fake = await FakeWorkspace.create({
    text: `name: large
model: model
subjects: {cat: {instance_data_dir: cat, instance_prompt: a moji cat}}
train: {learning_rate: [${rates.join(', ')}], train_batch_size: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], max_train_steps: 1200}
sample: {prompts: [a, b, c, d, e], seeds: [0, 1, 2, 3, 4]}
`,
    pictureBytes: ({ key }) => picture(key),
    scores: (of, plan, role) =>
      role === 'group' ? { diversity: 0.2 } : syntheticScores(doseOf(of, plan), `${of.prompt} ${of.seed}`),
  });
  const browser = await launchChromium();
  try {
    print(
      'pictures, trials, losses of each',
      `${fake.plan.pictures.length}, ${fake.plan.trials.length}, 1200`,
    );
    print('processor', `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`);
    for (const time of ['first', 'second']) {
      const start = performance.now();
      await writeReport(fake);
      print(`report written, ${time} time`, `${((performance.now() - start) / 1000).toFixed(1)} s`);
    }
    const path = await writeReport(fake);
    print('index.html', `${(statSync(path).size / 1e6).toFixed(1)} MB`);
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const paints: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      await page.goto(pathToFileURL(path).href);
      paints.push(
        Number(await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")),
      );
    }
    print('first contentful paint, three times', paints.map(ms => `${(ms / 1000).toFixed(2)} s`).join(', '));
    await page.waitForTimeout(3000);
    const frames = ((await page.evaluate(FRAMES)) as number[]).sort((a, b) => a - b);
    const at = (share: number): string =>
      `${(frames[Math.floor(share * (frames.length - 1))] ?? 0).toFixed(0)} ms`;
    print('frames while the whole page scrolls by in 4 s', `${(frames.length / 4).toFixed(0)} a second`);
    print('time of a frame: median, 95%, longest', `${at(0.5)}, ${at(0.95)}, ${at(1)}`);
  } finally {
    await browser.close();
    fake.dispose();
  }
});
