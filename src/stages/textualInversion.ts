import { type StageIdentity, type StageNode, stageKey } from './identity.ts';
import type { InversionOptions } from './job.ts';

/** Raised when the same options begin to give other embeddings. */
const SEMANTICS = 1;

/** All that the embeddings at every step of a textual inversion depend on. */
export interface InversionInput {
  /** Digest of the model folder. */
  model: string;
  /** Digest of the contents of the photos, in the order of use. */
  instance: string;
  /** As they take effect: see effectiveInversionOptions. */
  options: InversionOptions;
}

function inversionIdentity({ model, instance, options }: InversionInput): StageIdentity {
  const { scaleLr: _, ...parameters } = options;
  return {
    kind: 'textual-inversion',
    semantics: SEMANTICS,
    parameters: { ...parameters, precision: 'float32' },
    digests: { model, instance },
    needs: [],
  };
}

/** The name of a textual inversion, whatever its length; see trajectoryKey. */
export const inversionKey = (input: InversionInput): string => stageKey(inversionIdentity(input));

/** The stage of the embeddings after `step` updates. */
export function inversionStage(
  input: InversionInput,
  inversion: string,
  step: number,
  label: string,
): StageNode {
  const base = inversionIdentity(input);
  const identity = { ...base, parameters: { ...base.parameters, trajectory: inversion, step } };
  return { ...identity, key: stageKey(identity), label };
}
