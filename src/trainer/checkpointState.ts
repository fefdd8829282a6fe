import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { canonicalJson } from '../core/canonicalJson.ts';
import { SweetspotError } from '../core/errors.ts';
import { readError, readJson, writeJson } from '../core/files.ts';
import { sha256File, sha256Hex } from '../core/hash.ts';
import type { TorchGeneratorState } from '../core/random/torchGenerator.ts';
import type { EmaOptions } from '../stages/ema.ts';

/** The file that makes a folder a checkpoint; written last. */
export const STATE_FILE = 'trainer_state.json';
const FORMAT = 1;
const HINT = 'Use an earlier checkpoint, or start over.';

/** What a training needs to go on, besides weights and moments. */
export interface TrainerState<Stream = unknown> {
  /** Optimizer updates made. */
  step: number;
  seed: number;
  /** Of {@link trainingDigest}: which training this is. */
  training: string;
  /** Backend, versions and threads, in a line; bits are promised only under the same. */
  environment: string;
  generator: TorchGeneratorState;
  /** Where the data stream stands. */
  stream: Stream;
  /** The averages of the weights that lie beside them. */
  averages?: EmaOptions[];
}

interface StateFile extends TrainerState {
  format: number;
  /** The other files of the folder: SHA-256 by relative path. */
  files: Record<string, string>;
  /** SHA-256 of the canonical JSON of everything above. */
  sha256: string;
}

/** Writes the state beside the weights and moments that lie in `dir` already, with their digests. */
export async function writeTrainerState(dir: string, state: TrainerState): Promise<void> {
  const content = { format: FORMAT, ...state, files: await digestsOf(dir) };
  await writeJson(join(dir, STATE_FILE), { ...content, sha256: sha256Hex(canonicalJson(content)) });
}

/**
 * Reads the state of a checkpoint and checks every file of it.
 * @throws E_CHECKPOINT when it is not there, of another format, or anything in the folder is damaged
 */
export async function readTrainerState(dir: string): Promise<TrainerState> {
  const { files, ...state } = await readStateFile(dir);
  const found = await digestsOf(dir);
  for (const [file, digest] of Object.entries(files)) {
    if (found[file] === digest) continue;
    const what =
      found[file] === undefined ? 'a file of the checkpoint is missing' : 'the checkpoint is damaged';
    throw new SweetspotError('E_CHECKPOINT', what, { place: join(dir, file), hint: HINT });
  }
  return state;
}

/**
 * {@link readTrainerState} of a checkpoint that the training with this digest can go on from.
 *
 * @throws E_CHECKPOINT also when it is of another training, or (unless allowed) of another environment
 */
export async function readMatchingState<Stream>(
  dir: string,
  { training, environment }: { training: string; environment: string },
  { anyEnvironment = false }: { anyEnvironment?: boolean } = {},
): Promise<TrainerState<Stream>> {
  const state = await readTrainerState(dir);
  if (state.training !== training) {
    throw new SweetspotError('E_CHECKPOINT', 'the checkpoint belongs to another training', {
      place: dir,
      hint: 'Give the same model, pictures, prompts and options, or start over.',
    });
  }
  if (!anyEnvironment && state.environment !== environment) {
    throw new SweetspotError('E_CHECKPOINT', 'the checkpoint was made on another backend', {
      place: dir,
      allowed: environment,
      got: state.environment,
    });
  }
  // The digest holds: a stream's state is of the kind that this training writes.
  return state as TrainerState<Stream>;
}

/** The state alone, checked by itself; the weights beside it may be damaged. */
export async function readStateFile(dir: string): Promise<TrainerState & { files: Record<string, string> }> {
  const path = join(dir, STATE_FILE);
  if (!(await stat(path).catch(() => null))) {
    throw new SweetspotError('E_CHECKPOINT', 'not a checkpoint', {
      place: dir,
      allowed: STATE_FILE,
      hint: HINT,
    });
  }
  const json = await readJson(path, 'E_CHECKPOINT');
  const { sha256, ...content } = (typeof json === 'object' ? { ...json } : {}) as StateFile;
  if (content.format !== FORMAT || sha256 !== sha256Hex(canonicalJson(content))) {
    throw new SweetspotError('E_CHECKPOINT', 'the checkpoint is damaged', { place: path, hint: HINT });
  }
  const { format: _format, ...state } = content;
  return state;
}

async function digestsOf(dir: string): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(error => {
    throw readError(error, dir);
  });
  for (const entry of entries) {
    if (!entry.isFile() || entry.name === STATE_FILE) continue;
    const path = join(entry.parentPath, entry.name);
    digests[relative(dir, path).replaceAll(sep, '/')] = await sha256File(path);
  }
  return digests;
}
