import { sha256Hex } from '../core/hash.ts';
import { type StageNode, stageKey } from './identity.ts';
import type { ResolvedSampler } from './sampler.ts';

/** Raised when the same settings begin to give other pictures. */
const SEMANTICS = 1;

/** Generated class images come in stages of this many; a block begins at a multiple of it. */
export const CLASS_IMAGES_PER_BLOCK = 20;

export interface ClassImageBlockInput {
  /** Digest of the model folder. */
  model: string;
  classPrompt: string;
  classSeed: number;
  /** Index of the block's first picture. */
  start: number;
  /** As it takes effect: see effectiveSampler. */
  sampler: ResolvedSampler;
}

/**
 * The stage of one block. How far it is filled is not in its identity: picture i is the same however many are wanted,
 * so that a block can grow and keep what it has.
 */
export function classImagesStage({
  model,
  classPrompt,
  classSeed,
  start,
  sampler,
}: ClassImageBlockInput): StageNode {
  const identity = {
    kind: 'class-images' as const,
    semantics: SEMANTICS,
    parameters: { ...sampler, classPrompt, classSeed, start, precision: 'float32' },
    digests: { model },
    needs: [],
  };
  const last = start + CLASS_IMAGES_PER_BLOCK - 1;
  return { ...identity, key: stageKey(identity), label: `class images ${start}-${last} of "${classPrompt}"` };
}

/**
 * The seed of class image `index`: 48 bits of SHA-256 of (class seed, index), so that no two pictures, and no picture of
 * the sweep itself, begin from the same noise, and picture i does not depend on how many there are.
 */
export function classImageSeed(classSeed: number, index: number): number {
  return Number.parseInt(sha256Hex(`class-image ${classSeed} ${index}`).slice(0, 12), 16);
}

/** The name of class image `index` in its block's folder; sorted by bytes, names are in index order. */
export const classImageFile = (index: number): string => `${String(index).padStart(6, '0')}.png`;
