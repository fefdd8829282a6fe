import { describe, expect, it } from 'vitest';
import type { RgbImage } from '../../src/diffusion/images/index.ts';
import { clipSubjectScores, groupScores, noiseScores } from '../../src/scoring/measures.ts';
import { residue } from '../../src/scoring/residue.ts';

const angle = (degrees: number): number[] => [
  Math.cos((degrees * Math.PI) / 180),
  Math.sin((degrees * Math.PI) / 180),
];

describe('copying', () => {
  const copyOf = (picture: number, instance: number[], heldOut: number[]): number =>
    clipSubjectScores(angle(picture), angle(0), {
      instance: instance.map(angle),
      heldOut: heldOut.map(angle),
    }).copy ?? Number.NaN;

  it('is positive for a copied photo, negative for a held-out one, and 0 between them', () => {
    expect(copyOf(0, [0, 90], [60, 120])).toBeCloseTo(1 - 0.5, 6);
    expect(copyOf(60, [0], [60])).toBeCloseTo(0.5 - 1, 6);
    expect(copyOf(30, [0], [60])).toBeCloseTo(0, 6);
  });

  it('does not favour the larger set: the nearest of as many, over all choices', () => {
    // Of the pairs of {0, 50, 70, 85}, three have 0 as the nearest, two 50, one 70.
    const cos = (degrees: number): number => Math.cos((degrees * Math.PI) / 180);
    const expected = (3 * cos(0) + 2 * cos(50) + cos(70)) / 6 - cos(40);
    expect(copyOf(0, [85, 50, 0, 70], [40, 88])).toBeCloseTo(expected, 6);
    expect(copyOf(0, [40, 88], [85, 50, 0, 70])).toBeCloseTo(-expected, 6);
  });
});

describe('diversity', () => {
  it('is the mean over pairs, and nothing for a single picture', () => {
    expect(groupScores([angle(10)])).toEqual({});
    expect(groupScores([angle(10), angle(10)]).diversity).toBeCloseTo(0, 6);
    expect(groupScores([angle(0), angle(90), angle(180)]).diversity).toBeCloseTo(1 - (0 + 0 - 1) / 3, 6);
  });
});

/** Normal noise (Box and Muller on a small generator) of a given spread around grey. */
function noisy(sigma: number, size = 96): RgbImage {
  let state = 12345;
  const next = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state + 0.5) / 0x80000000;
  };
  const data = new Uint8Array(size * size * 3);
  for (let i = 0; i < size * size; i++) {
    const normal = Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
    data.fill(Math.max(0, Math.min(255, Math.round(128 + sigma * normal))), 3 * i, 3 * i + 3);
  }
  return { width: size, height: size, data };
}

describe('noise', () => {
  it('the residue estimates the standard deviation of noise', () => {
    for (const sigma of [4, 10, 20]) expect(Math.abs(residue(noisy(sigma)) / sigma - 1)).toBeLessThan(0.05);
  });

  it('does not see slopes', () => {
    const data = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => 4 * (Math.floor(i / 3) % 32));
    expect(residue({ width: 32, height: 32, data })).toBeCloseTo(0, 9);
  });

  it('counts doublings over the noisier of photos and base', () => {
    expect(noiseScores(8, [2, 4, 4], null).noise).toBe(1);
    expect(noiseScores(8, [2, 4], 16).noise).toBe(-1);
    expect(noiseScores(0, [0], null).noise).toBe(0);
  });
});
