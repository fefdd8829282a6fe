import { canonicalJson } from '../core/canonicalJson.ts';
import { sha256Hex } from '../core/hash.ts';
import type { StageNode } from './identity.ts';
import type { ResolvedSampler } from './sampler.ts';

/** Raised when the same settings begin to give another picture. */
const SEMANTICS = 1;
const KIND = 'sample';
const PRECISION = 'float32';

/** The file of a picture's stage folder. */
export const PICTURE_FILE = 'image.png';

/** What the pictures of one snapshot and one sampler have in common. */
export interface PictureGroup {
  /** Digest of the model folder. */
  model: string;
  /** Null: the untrained base model. */
  snapshotKey: string | null;
  /** As it takes effect: see effectiveSampler. */
  sampler: ResolvedSampler;
}

/**
 * Names the stages of single pictures. How pictures are batched is not in their identity. A snapshot's key holds the
 * model's digest already; only the untrained base model's pictures name it themselves.
 *
 * A plan has a hundred thousand of them that differ in prompt and seed alone: the rest of the text that is hashed is
 * written once. `stageKey` of a node is its key all the same.
 */
export function pictureStages({ model, snapshotKey, sampler }: PictureGroup) {
  const { scheduler, numInferenceSteps, guidanceScale, negativePrompt, width, height } = sampler;
  const digests: Record<string, string> = snapshotKey === null ? { model } : {};
  const needs = snapshotKey === null ? [] : [snapshotKey];
  const base = snapshotKey === null ? ', untrained' : '';
  const ending = `, ${scheduler} ${numInferenceSteps}${base}`;

  // Canonical JSON has its keys sorted: everything up to the prompt, from there to the seed, and the rest.
  const member = (name: string, value: unknown): string => `${JSON.stringify(name)}:${canonicalJson(value)}`;
  const early = { guidanceScale, height, negativePrompt, numInferenceSteps, precision: PRECISION };
  const head = `{${member('digests', digests)},${member('kind', KIND)},${member('needs', needs)},"parameters":`;
  const beforePrompt = `${head}${canonicalJson(early).slice(0, -1)},"prompt":`;
  const beforeSeed = `,${member('scheduler', scheduler)},"seed":`;
  const afterSeed = `,${member('width', width)}},${member('semantics', SEMANTICS)}}`;

  return (prompt: string, seed: number): StageNode => ({
    kind: KIND,
    semantics: SEMANTICS,
    parameters: {
      scheduler,
      numInferenceSteps,
      guidanceScale,
      negativePrompt,
      width,
      height,
      prompt,
      seed,
      precision: PRECISION,
    },
    digests,
    needs,
    key: sha256Hex(beforePrompt + canonicalJson(prompt) + beforeSeed + canonicalJson(seed) + afterSeed),
    label: `"${prompt}" seed ${seed}${ending}`,
  });
}
