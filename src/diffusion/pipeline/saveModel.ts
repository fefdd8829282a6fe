import { join } from 'node:path';
import { SweetspotError } from '../../core/errors.ts';
import { writeFileAtomic } from '../../core/files.ts';
import { writeFolderAtomic } from '../../core/folders.ts';
import type { AutoencoderKL, CLIPModel, CLIPTextModel, UNet2DConditionModel } from '../models/index.ts';
import type { Parameter } from '../nn/parameter.ts';
import { tensorPlace } from '../safetensors/header.ts';
import { type WeightDtype, writeSafetensors } from '../safetensors/index.ts';
import {
  type ClipTokenIds,
  clipConfigJson,
  clipTextConfigJson,
  configText,
  unetConfigJson,
  vaeConfigJson,
} from './savedConfig.ts';
import { firstNotFinite } from './weightFiles.ts';

export interface SaveOptions {
  /** F32 keeps every bit; F16 halves the size. Default F32. */
  dtype?: WeightDtype;
}

/**
 * Writes a UNet as a component folder that diffusers' `UNet2DConditionModel.from_pretrained(dir)` reads: config.json and
 * safetensors. `dir` is the component's own folder (`…/unet`); it appears, or is replaced, whole.
 *
 * @throws E_NOT_FINITE when a weight is NaN or infinite, or too large for F16; E_WRITE
 */
export function saveUnet(dir: string, unet: UNet2DConditionModel, options: SaveOptions = {}): Promise<void> {
  return writeFolderAtomic(dir, stage =>
    writeModel(
      stage,
      'diffusion_pytorch_model',
      unet.parameters,
      configText(unetConfigJson(unet.config), unet.config),
      options,
    ),
  );
}

/** As {@link saveUnet}, for `AutoencoderKL.from_pretrained(dir)`; attention has its present names. */
export function saveVae(dir: string, vae: AutoencoderKL, options: SaveOptions = {}): Promise<void> {
  return writeFolderAtomic(dir, stage =>
    writeModel(
      stage,
      'diffusion_pytorch_model',
      vae.parameters,
      configText(vaeConfigJson(vae.config), vae.config),
      options,
    ),
  );
}

/** As {@link saveUnet}, for transformers' `CLIPTextModel.from_pretrained(dir)`; names have the `text_model.` of all releases. */
export function saveTextEncoder(
  dir: string,
  textEncoder: CLIPTextModel,
  options: SaveOptions = {},
): Promise<void> {
  const config = configText(clipTextConfigJson(textEncoder.config), textEncoder.config);
  return writeFolderAtomic(dir, stage => writeModel(stage, 'model', textEncoder.parameters, config, options));
}

/**
 * Writes a CLIP's config.json and weights into a folder that is there, for `CLIPModel.from_pretrained(dir)`; tokenizer
 * and preprocessor files are the caller's.
 */
export function writeClip(
  dir: string,
  clip: CLIPModel,
  tokens: ClipTokenIds,
  options: SaveOptions = {},
): Promise<void> {
  return writeModel(
    dir,
    'model',
    clip.parameters,
    configText(clipConfigJson(clip.config, tokens), {}),
    options,
  );
}

async function writeModel(
  dir: string,
  stem: string,
  parameters: readonly Parameter[],
  config: string,
  { dtype = 'F32' }: SaveOptions,
): Promise<void> {
  const path = join(dir, `${stem}.safetensors`);
  await writeFileAtomic(join(dir, 'config.json'), config);
  const tensors = parameters.map(parameter => ({
    name: parameter.name,
    shape: parameter.shape,
    dtype,
    data: () => finiteValues(parameter, path),
  }));
  // transformers reads a file only if it says which framework's layout it has.
  await writeSafetensors(path, tensors, { format: 'pt' });
}

function finiteValues(parameter: Parameter, path: string): Float32Array {
  const values = parameter.get();
  const index = firstNotFinite(values);
  if (index < 0) return values;
  throw new SweetspotError('E_NOT_FINITE', 'a weight to be saved is not a finite number', {
    place: `${tensorPlace(path, parameter.name)}[${index}]`,
    got: String(values[index]),
    hint: 'The training has destroyed the model: use a smaller learning rate',
  });
}
