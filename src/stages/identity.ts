import { canonicalJson } from '../core/canonicalJson.ts';
import { sha256Hex } from '../core/hash.ts';
import type { StageKind } from './job.ts';

/**
 * All that a stage's result depends on, known before anything runs. `needs` are keys of upstream stages: keys of keys,
 * never digests of results. `semantics` is raised whenever the code of a kind starts to give other results.
 */
export interface StageIdentity {
  kind: StageKind;
  semantics: number;
  parameters: Record<string, unknown>;
  /** SHA-256 of the user's files, by role. */
  digests: Record<string, string>;
  needs: string[];
}

/** A stage of the graph: an identity, its key, and a line for people. */
export interface StageNode extends StageIdentity {
  /** 64 hex digits: {@link stageKey} of the identity; the name of the stage's folder. */
  key: string;
  label: string;
}

/** The name of a stage: SHA-256 of the canonical JSON of its identity, in hex. */
export function stageKey({ kind, semantics, parameters, digests, needs }: StageIdentity): string {
  return sha256Hex(canonicalJson({ kind, semantics, parameters, digests, needs }));
}
