import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blankImage,
  type ResizeFilter,
  resizePil,
  resizeShorterSide,
  shorterSideSize,
} from '../../../src/diffusion/images/index.ts';
import { randomImage } from './randomImage.ts';

const FILTERS: ResizeFilter[] = ['nearest', 'box', 'bilinear', 'hamming', 'bicubic', 'lanczos'];
const side = fc.integer({ min: 1, max: 40 });

describe('resizePil', () => {
  // Image.fromarray(...).resize((3, 1), filter) of Pillow 13.0.0 on one row of five gray pixels.
  it.each([
    ['nearest', [0, 255, 250]],
    ['box', [25, 255, 195]],
    ['bilinear', [21, 184, 203]],
    ['hamming', [19, 209, 209]],
    ['bicubic', [18, 186, 207]],
    ['lanczos', [18, 185, 209]],
  ] as const)('%s, to the digit', (filter, expected) => {
    const row = Uint8Array.from([0, 50, 255, 140, 250].flatMap(value => [value, value, value]));
    const { data } = resizePil({ width: 5, height: 1, data: row }, 3, 1, filter);
    expect([...data].filter((_, i) => i % 3 === 0)).toEqual(expected);
  });

  it('gives the size asked for and keeps a constant picture constant', () => {
    fc.assert(
      fc.property(
        side,
        side,
        side,
        side,
        fc.constantFrom(...FILTERS),
        fc.integer({ min: 0, max: 255 }),
        (width, height, newWidth, newHeight, filter, level) => {
          const flat = blankImage(width, height);
          flat.data.fill(level);
          const resized = resizePil(flat, newWidth, newHeight, filter);
          expect([resized.width, resized.height]).toEqual([newWidth, newHeight]);
          expect(resized.data).toEqual(new Uint8Array(newWidth * newHeight * 3).fill(level));
        },
      ),
    );
  });

  it('is the mirror image of the mirror image', () => {
    const image = randomImage(23, 9, 3);
    const mirrored = { ...image, data: image.data.toReversed() };
    const resized = resizePil(image, 7, 15, 'bilinear');
    expect(resizePil(mirrored, 7, 15, 'bilinear').data.toReversed()).toEqual(resized.data);
  });

  it('copies a picture that has the size already', () => {
    const image = randomImage(4, 4, 1);
    const same = resizePil(image, 4, 4, 'lanczos');
    expect(same).toEqual(image);
    expect(same.data).not.toBe(image.data);
  });

  it.each([
    [0, 4],
    [4, -1],
    [1.5, 4],
  ])('refuses %d x %d', (width, height) => {
    expect(() => resizePil(randomImage(4, 4, 1), width, height, 'box')).toThrow(
      /a picture cannot have this size/,
    );
  });
});

describe('resizeShorterSide', () => {
  // torchvision: the longer side is int(size * long / short).
  it.each([
    [640, 480, 512, [682, 512]],
    [480, 640, 512, [512, 682]],
    [100, 99, 64, [64, 64]],
    [300, 200, 200, [300, 200]],
    [1, 3, 5, [5, 15]],
  ])('%d x %d to %d', (width, height, size, expected) => {
    expect(shorterSideSize(width, height, size)).toEqual(expected);
  });

  it('uses the bilinear filter', () => {
    const image = randomImage(20, 13, 2);
    expect(resizeShorterSide(image, 8)).toEqual(resizePil(image, 12, 8, 'bilinear'));
  });

  it('refuses a strip that would become too large, by name', () => {
    expect(() => resizeShorterSide(randomImage(20_000, 1, 1), 512, 'bilinear', 'strip.png')).toThrow(
      /strip\.png: the picture has too many pixels; .*got 10240000 x 512/,
    );
  });
});
