import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  encodeJpeg,
  type ResizeFilter,
  type RgbImage,
  readImage,
  resizePil,
} from '../../../src/diffusion/images/index.ts';

const GOLDEN = fileURLToPath(new URL('../../golden/images/', import.meta.url));

interface Recorded {
  decoded: { source: string; mode: string; file: string }[];
  resized: { source: string; filter: ResizeFilter; width: number; height: number; file: string }[];
  jpeg: { source: string; quality: number; file: string; decoded: string }[];
}

const recorded = JSON.parse(readFileSync(`${GOLDEN}images.json`, 'utf8')) as Recorded;

/** Largest difference of two pictures of the same size, in levels of 255. */
function largestDifference(a: RgbImage, b: RgbImage): number {
  expect([a.width, a.height, a.data.length]).toEqual([b.width, b.height, b.data.length]);
  return a.data.reduce((max, value, i) => Math.max(max, Math.abs(value - (b.data[i] ?? 0))), 0);
}

describe('readImage, against Pillow', () => {
  it.each(recorded.decoded.filter(({ source }) => !source.endsWith('gray16.png')))(
    '$source ($mode)',
    async ({ source, file }) => {
      expect(largestDifference(await readImage(GOLDEN + source), await readImage(GOLDEN + file))).toBe(0);
    },
  );

  it('refuses 16-bit gray that Pillow clips to white', async () => {
    await expect(readImage(`${GOLDEN}sources/gray16.png`)).rejects.toThrow(
      /gray16\.png: 16-bit gray is not supported; expected gray values up to 255, got \d+\. Convert it/,
    );
  });
});

describe('resizePil, against Pillow', () => {
  it.each(recorded.resized)('$file', async ({ source, filter, width, height, file }) => {
    const resized = resizePil(await readImage(GOLDEN + source), width, height, filter);
    expect(largestDifference(resized, await readImage(GOLDEN + file))).toBe(0);
  });
});

describe('JPEG, against Pillow', () => {
  it.each(recorded.jpeg)('$file', async ({ source, quality, file, decoded }) => {
    const jpeg = await encodeJpeg(await readImage(GOLDEN + source), quality);
    expect(jpeg.equals(readFileSync(GOLDEN + file))).toBe(true);
    expect(largestDifference(await readImage(GOLDEN + file), await readImage(GOLDEN + decoded))).toBe(0);
  });
});
