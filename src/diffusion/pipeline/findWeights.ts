import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SweetspotError } from '../../core/errors.ts';
import { readError } from '../../core/files.ts';

/** Where a component's weights are: one safetensors file, or an index of several. */
export interface WeightLocation {
  path: string;
  sharded: boolean;
  /** `fp16` of `diffusion_pytorch_model.fp16.safetensors`; null for the plain name. */
  variant: string | null;
}

/** File names without ending: diffusers' for its own models, transformers' for the text encoder. */
export const WEIGHT_STEMS = ['diffusion_pytorch_model', 'model'] as const;

/**
 * Chooses among the weight files of a component folder. The variant asked for comes first, then the plain name (as
 * in diffusers, where a variant need not exist for every component); with none asked and no plain file, the only
 * variant there is.
 *
 * @throws E_MISSING when there is nothing to read, or more than one thing
 */
export async function findWeights(dir: string, variant: string | null): Promise<WeightLocation> {
  const names = await listFolder(dir);
  const found = names.flatMap(name => locate(dir, name) ?? []);
  const wanted = found.filter(location => location.variant === variant);
  const plain = found.filter(location => location.variant === null);
  const others = found.filter(location => location.variant !== null);
  const [chosen] =
    [wanted, plain, variantCount(others) === 1 ? others : []].find(list => list.length > 0) ?? [];
  if (chosen) return chosen;
  if (others.length > 0) {
    throw new SweetspotError('E_MISSING', 'no weights of that name', {
      place: dir,
      allowed: variant === null ? 'a file without variant' : `variant ${variant}`,
      got: `variants ${[...new Set(others.map(location => location.variant))].join(', ')}`,
      hint: 'Say which variant to load',
    });
  }
  throw noSafetensors(dir, names);
}

async function listFolder(dir: string): Promise<string[]> {
  try {
    return (await readdir(dir)).sort();
  } catch (error) {
    throw readError(error, dir);
  }
}

/** What a file name says, per `_add_variant` of diffusers and transformers (and diffusers' former name of an index). */
function locate(dir: string, name: string): WeightLocation | undefined {
  // A shard (`stem.fp16-00001-of-00002.safetensors`) is found through its index.
  if (/-\d{5}-of-\d{5}\./.test(name)) return undefined;
  for (const stem of WEIGHT_STEMS) {
    const rest = name.startsWith(`${stem}.`) ? name.slice(stem.length) : '';
    const whole = /^(?:\.([\w-]+))?\.safetensors$/.exec(rest);
    if (whole) return { path: join(dir, name), sharded: false, variant: whole[1] ?? null };
    const index = /^\.safetensors(?:\.([\w-]+))?\.index(?:\.([\w-]+))?\.json$/.exec(rest);
    if (index) return { path: join(dir, name), sharded: true, variant: index[1] ?? index[2] ?? null };
  }
  return undefined;
}

const variantCount = (locations: readonly WeightLocation[]): number =>
  new Set(locations.map(location => location.variant)).size;

function noSafetensors(dir: string, names: readonly string[]): SweetspotError {
  const allowed = WEIGHT_STEMS.map(stem => `${stem}.safetensors`).join(' or ');
  const pickled = names.find(name => /\.(bin|ckpt|pt|pth|msgpack)$/.test(name));
  if (pickled === undefined) return new SweetspotError('E_MISSING', 'no weights', { place: dir, allowed });
  return new SweetspotError('E_MISSING', 'the weights are in a format that can run code', {
    place: dir,
    allowed,
    got: pickled,
    hint: 'Convert them: load the folder with diffusers and save it with safe_serialization=True',
  });
}
