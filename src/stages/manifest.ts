import type { StageKind } from './job.ts';

/** The name of the file that makes a folder under `stages/` a completed stage. */
export const MANIFEST_FILE = 'manifest.json';

/** One file of a completed stage. */
export interface ManifestFile {
  /** Relative to the stage folder, `/` between parts on every platform. */
  path: string;
  /** Bytes. */
  size: number;
  /** Hex. */
  sha256: string;
}

/**
 * What lies in a completed stage folder beside its files: enough to rebuild a lost database and to say how the bytes
 * came about. `kind`, `semantics`, `parameters`, `digests` and `needs` are the identity whose hash is `key`; all the
 * rest is history and is in no key.
 */
export interface Manifest {
  key: string;
  kind: StageKind;
  semantics: number;
  /** For people: what the stage is, in a line. */
  label: string;
  parameters: Record<string, unknown>;
  /** SHA-256 of the user's files that went in, by role (`model`, `instance`, `class`). */
  digests: Record<string, string>;
  /** Keys of the stages whose results went in. */
  needs: string[];
  files: ManifestFile[];
  /** ISO 8601, UTC. */
  startedAt: string;
  finishedAt: string;
  /** Wall time of the work, without waiting. */
  seconds: number;
  backend: string;
  threads: number;
  /** Of the libraries and of the runtime, as the worker's hello gave them. */
  versions: Record<string, string>;
  /** Version of this program. */
  tool: string;
}
