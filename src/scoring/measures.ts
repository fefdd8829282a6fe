import type { ScoreValues } from '../stages/score.ts';

/** An embedding of length 1. */
export type Vector = readonly number[];

export interface References {
  /** Of the photos trained on. */
  instance: readonly Vector[];
  /** Of photos kept out of training; may be empty. */
  heldOut: readonly Vector[];
}

/** Numbers are kept to this many digits: what lies behind depends on the backend. */
const DIGITS = 7;
const rounded = (value: number): number => Number(value.toFixed(DIGITS));

/** What a CLIP says of a picture of the subject; see stages/scores.ts for the definitions. */
export function clipSubjectScores(picture: Vector, text: Vector, references: References): ScoreValues {
  const { instance, heldOut } = references;
  return {
    clip_i: likeness(picture, references),
    clip_t: rounded(cosine(picture, text)),
    ...(heldOut.length > 0 && {
      copy: rounded(nearestOf(picture, instance, heldOut) - nearestOf(picture, heldOut, instance)),
    }),
  };
}

/** What a CLIP says of a picture of another prompt. */
export const clipOtherScores = (picture: Vector, text: Vector, { instance }: References): ScoreValues => ({
  leak: rounded(mean(instance.map(photo => cosine(picture, photo)))),
  other_prompts: rounded(cosine(picture, text)),
});

/** What a ViT says of a picture of the subject. */
export const dinoScores = (picture: Vector, references: References): ScoreValues => ({
  dino_i: likeness(picture, references),
});

/** What a CLIP says of pictures that differ in nothing but their seed; nothing of a single one. */
export function groupScores(pictures: readonly Vector[]): ScoreValues {
  const cosines = pictures.flatMap((a, i) => pictures.slice(i + 1).map(b => cosine(a, b)));
  return cosines.length === 0 ? {} : { diversity: rounded(1 - mean(cosines)) };
}

/**
 * How noisy a picture is beside what it may be compared with, in doublings.
 *
 * @param residue of the picture (see residue.ts)
 * @param photos residues of the training photos at its size
 * @param base residue of the untrained model's picture; null without one
 */
export function noiseScores(residue: number, photos: readonly number[], base: number | null): ScoreValues {
  const reference = Math.max(median(photos), base ?? 0, SMALLEST_RESIDUE);
  return { noise: rounded(Math.log2(Math.max(residue, SMALLEST_RESIDUE) / reference)) };
}

/** A hundredth of a level: below it there is nothing but flat colour, and no logarithm. */
const SMALLEST_RESIDUE = 0.01;

/** Mean cosine with photos that were not trained on, where there are any; else with those that were. */
const likeness = (picture: Vector, { instance, heldOut }: References): number =>
  rounded(mean((heldOut.length > 0 ? heldOut : instance).map(photo => cosine(picture, photo))));

/**
 * The cosine with the nearest of `photos`, as if there were no more of them than of `others`: the mean over all choices of
 * so many. The nearest of many is nearer by chance alone. With the cosines sorted upwards, the i-th (from 1) is the largest
 * of a choice of k among n in C(i - 1, k - 1) of C(n, k) cases.
 */
function nearestOf(picture: Vector, photos: readonly Vector[], others: readonly Vector[]): number {
  const cosines = photos.map(photo => cosine(picture, photo)).sort((a, b) => a - b);
  const count = cosines.length;
  const chosen = Math.min(count, others.length);
  // Share of the choices whose largest is the last, then, step by step, those before it.
  let share = chosen / count;
  let sum = 0;
  for (let i = count; i >= chosen; i--) {
    sum += share * (cosines[i - 1] ?? 0);
    share *= (i - chosen) / (i - 1 || 1);
  }
  return sum;
}

export const cosine = (a: Vector, b: Vector): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}
