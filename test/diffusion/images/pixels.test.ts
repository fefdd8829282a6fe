import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cmykToRgb } from '../../../src/diffusion/images/cmykToRgb.ts';
import { gifTransparentColour } from '../../../src/diffusion/images/gifTransparentColour.ts';
import {
  centerCrop,
  centerCropOffset,
  crop,
  flipHorizontally,
  fromTensorValues,
  toTensorValues,
} from '../../../src/diffusion/images/index.ts';
import { randomImage } from './randomImage.ts';

describe('crop', () => {
  it('cuts the box out', () => {
    const image = { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, i) => i) };
    expect([...crop(image, 1, 1, 2, 1).data]).toEqual([12, 13, 14, 15, 16, 17]);
    expect(crop(image, 0, 0, 3, 2)).toEqual(image);
  });

  it.each([
    [2, 0, 2, 1],
    [0, 2, 1, 1],
    [-1, 0, 1, 1],
    [0.5, 0, 1, 1],
    [0, 0, 0, 1],
  ])('refuses a box outside: %d %d %d %d', (left, top, width, height) => {
    expect(() => crop(randomImage(3, 2, 1), left, top, width, height)).toThrow(/not inside the picture/);
  });

  it('puts the middle where Python rounds it', () => {
    const offsets = [0, 1, 2, 3, 4, 5, 6, 7].map(rest => centerCropOffset(512 + rest, 512));
    expect(offsets).toEqual([0, 0, 1, 2, 2, 2, 3, 4]);
    const image = randomImage(9, 7, 1);
    expect(centerCrop(image, 4, 4)).toEqual(crop(image, 2, 2, 4, 4));
  });
});

describe('flipHorizontally', () => {
  it('mirrors pixels, not channels', () => {
    const image = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect([...flipHorizontally(image).data]).toEqual([4, 5, 6, 1, 2, 3]);
    const noise = randomImage(5, 4, 1);
    expect(flipHorizontally(flipHorizontally(noise))).toEqual(noise);
  });
});

describe('tensor values', () => {
  // torch.tensor([...], dtype=torch.uint8).float().div(255).sub(0.5).div(0.5), printed with 9 digits.
  it('are rounded to float32 at every step', () => {
    const image = { width: 2, height: 1, data: Uint8Array.of(0, 1, 77, 127, 128, 255) };
    expect([...toTensorValues(image)]).toEqual(
      [-1, -0.992156863, -0.396078408, -0.00392156839, 0.003921628, 1].map(Math.fround),
    );
  });

  it('come back as the same picture', () => {
    const image = randomImage(16, 16, 4);
    expect(fromTensorValues(toTensorValues(image), 16, 16)).toEqual(image);
  });

  it('are clamped and rounded half to even on the way back', () => {
    const values = Float32Array.of(-7, 7, Number.NaN, 0, 1 / 255, 3 / 255);
    expect([...fromTensorValues(values, 2, 1).data]).toEqual([0, 255, 0, 128, 128, 129]);
  });
});

describe('cmykToRgb', () => {
  it('takes no ink for white and black ink for black', () => {
    expect([...cmykToRgb(Uint8Array.of(0, 0, 0, 0, 9, 99, 200, 255, 255, 0, 0, 0), 4)]).toEqual([
      255, 255, 255, 0, 0, 0, 0, 255, 255,
    ]);
  });

  it('never leaves 0 to 255 and darkens with ink', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(byte, byte, (ink, black) => {
        const [light = -1] = cmykToRgb(Uint8Array.of(ink, 0, 0, black), 4);
        const exact = ((255 - ink) * (255 - black)) / 255;
        expect(Math.abs(light - exact)).toBeLessThanOrEqual(0.5);
      }),
    );
  });
});

describe('gifTransparentColour', () => {
  const header = [...Buffer.from('GIF89a'), 1, 0, 1, 0];
  const control = (flags: number, index: number): number[] => [0x21, 0xf9, 4, flags, 0, 0, index, 0];
  const frame = (flags: number): number[] => [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, flags];
  const table = [1, 2, 3, 4, 5, 6];

  it.each([
    ['from the global palette', [0x80, 0, 0, ...table, ...control(1, 1), ...frame(0)], [4, 5, 6, 255]],
    [
      'from the frame’s own palette',
      [0, 0, 0, ...control(1, 0), ...frame(0x80), 7, 8, 9, 0, 0, 0],
      [7, 8, 9, 255],
    ],
    [
      'behind a comment',
      [0x80, 0, 0, ...table, 0x21, 0xfe, 2, 65, 66, 0, ...control(1, 0), ...frame(0)],
      [1, 2, 3, 255],
    ],
    ['none without the flag', [0x80, 0, 0, ...table, ...control(0, 1), ...frame(0)], null],
    ['none outside the palette', [0x80, 0, 0, ...table, ...control(1, 2), ...frame(0)], null],
    ['none in a broken file', [0x80, 0, 0, ...table, 0x99], null],
    ['none in a file that ends', [0x80, 0, 0, ...table, 0x21, 0xfe, 200], null],
  ])('%s', (_, body, expected) => {
    expect(gifTransparentColour(Uint8Array.from([...header, ...body]))).toEqual(expected);
  });
});
