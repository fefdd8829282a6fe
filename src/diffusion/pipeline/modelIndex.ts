import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SweetspotError } from '../../core/errors.ts';
import { readJson } from '../../core/files.ts';

/** model_index.json: which class each subfolder is of. As found; the rest of the keys is kept for saving. */
export type ModelIndex = Readonly<Record<string, unknown>>;

/** The parts of a pipeline that we load, by subfolder, with the classes that are the same computation as ours. */
const COMPONENTS: Readonly<Record<string, readonly string[] | null>> = {
  unet: ['UNet2DConditionModel', 'FlaxUNet2DConditionModel'],
  vae: ['AutoencoderKL', 'FlaxAutoencoderKL'],
  text_encoder: ['CLIPTextModel', 'FlaxCLIPTextModel'],
  tokenizer: ['CLIPTokenizer', 'CLIPTokenizerFast'],
  /** Checked where scheduler_config.json is parsed. */
  scheduler: null,
};

/** Parts that change no picture here: they are neither read nor written. */
export const IGNORED_COMPONENTS = ['safety_checker', 'feature_extractor', 'image_encoder'] as const;

const LAYOUT =
  'a Stable Diffusion v1 folder in diffusers layout (model_index.json, unet, vae, text_encoder, tokenizer, scheduler)';

/**
 * Reads and checks a model folder's model_index.json, and that its component folders exist.
 *
 * @throws E_MISSING for a missing file or folder, E_MODEL for another kind of pipeline
 */
export async function readModelIndex(dir: string): Promise<ModelIndex> {
  const place = join(dir, 'model_index.json');
  await checkExists(dir, place);
  const index = await readJson(place);
  if (!isRecord(index)) throw new SweetspotError('E_MODEL', 'is no JSON object', { place });
  if (index._class_name !== 'StableDiffusionPipeline') {
    throw new SweetspotError('E_MODEL', 'this kind of pipeline cannot be run', {
      place,
      allowed: '_class_name StableDiffusionPipeline',
      got: describe(index._class_name),
      hint: 'Use a Stable Diffusion v1 or v2 text-to-image model',
    });
  }
  for (const [name, classes] of Object.entries(COMPONENTS)) checkComponent(index[name], name, classes, place);
  const unknown = Object.keys(index).find(name => isForeign(name, index[name]));
  if (unknown !== undefined) {
    throw new SweetspotError('E_MODEL', 'the pipeline has a part that we do not know', {
      place: `${place}: ${unknown}`,
      got: describe(index[unknown]),
    });
  }
  for (const name of Object.keys(COMPONENTS)) await checkFolder(join(dir, name));
  return index;
}

async function checkExists(dir: string, indexPath: string): Promise<void> {
  const status = await stat(dir).catch(() => undefined);
  if (!status?.isDirectory()) {
    throw new SweetspotError('E_MISSING', status ? 'is a file, not a model folder' : 'no such model folder', {
      place: dir,
      allowed: LAYOUT,
      ...(status
        ? { hint: 'Convert single-file checkpoints with from_single_file and save_pretrained of diffusers' }
        : {}),
    });
  }
  if ((await stat(indexPath).catch(() => undefined))?.isFile()) return;
  throw new SweetspotError('E_MISSING', 'no such file', { place: indexPath, allowed: LAYOUT });
}

async function checkFolder(dir: string): Promise<void> {
  if ((await stat(dir).catch(() => undefined))?.isDirectory()) return;
  throw new SweetspotError('E_MISSING', 'no such folder', { place: dir, allowed: LAYOUT });
}

function checkComponent(
  value: unknown,
  name: string,
  classes: readonly string[] | null,
  place: string,
): void {
  const [library, className]: unknown[] = Array.isArray(value) && value.length === 2 ? value : [];
  const isNamed = typeof library === 'string' && typeof className === 'string';
  if (isNamed && (classes === null || classes.includes(className))) return;
  throw new SweetspotError('E_MODEL', 'the part is of a kind that cannot be run', {
    place: `${place}: ${name}`,
    allowed: classes === null ? '[library, class]' : `[library, "${classes[0]}"]`,
    got: describe(value),
  });
}

/** A part (not a setting) that is there, and that we neither load nor may leave out. */
function isForeign(name: string, value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2 || value[1] === null) return false;
  return !(name in COMPONENTS) && !IGNORED_COMPONENTS.some(ignored => ignored === name);
}

const describe = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 80);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
