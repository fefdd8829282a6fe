import { type StageNode, stageKey } from './identity.ts';
import type { ResolvedSampler } from './sampler.ts';

/** Raised when the same settings begin to give another picture. */
const SEMANTICS = 1;

/** The file of a picture's stage folder. */
export const PICTURE_FILE = 'image.png';

export interface PictureInput {
  /** Digest of the model folder. */
  model: string;
  /** Null: the untrained base model. */
  snapshotKey: string | null;
  /** As it takes effect: see effectiveSampler. */
  sampler: ResolvedSampler;
  prompt: string;
  seed: number;
}

/**
 * The stage of one picture. How pictures are batched is not in its identity. A snapshot's key holds the model's digest
 * already; only the untrained base model's pictures name it themselves.
 */
export function pictureStage({ model, snapshotKey, sampler, prompt, seed }: PictureInput): StageNode {
  const identity = {
    kind: 'sample' as const,
    semantics: SEMANTICS,
    parameters: { ...sampler, prompt, seed, precision: 'float32' },
    digests: snapshotKey === null ? { model } : {},
    needs: snapshotKey === null ? [] : [snapshotKey],
  };
  const base = snapshotKey === null ? ', untrained' : '';
  const label = `"${prompt}" seed ${seed}, ${sampler.scheduler} ${sampler.numInferenceSteps}${base}`;
  return { ...identity, key: stageKey(identity), label };
}
