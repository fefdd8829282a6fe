import type { RgbImage } from '../../../src/diffusion/images/index.ts';

/** Noise from a small linear congruential generator, the same for the same seed. */
export function randomImage(width: number, height: number, seed: number): RgbImage {
  let state = seed;
  const data = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  return { width, height, data };
}
