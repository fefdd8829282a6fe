import { type Logger, silentLogger } from '../../core/log.ts';
import type { Parameter } from '../nn/parameter.ts';
import { findWeights, type WeightLocation } from './findWeights.ts';
import { listNames, matchWeights } from './matchWeights.ts';
import { WeightFiles } from './weightFiles.ts';

export interface LoadWeightsOptions {
  /** `fp16` for `diffusion_pytorch_model.fp16.safetensors`; default: the plain file, or the only one there is. */
  variant?: string | null;
  log?: Logger;
}

/**
 * Reads the weights of a component folder (`…/unet`) into a model that exists, tensor by tensor; its variables stay
 * the same objects. Names, shapes and the file are checked before the first weight changes.
 *
 * @returns where the weights came from
 * @throws E_MISSING, E_SAFETENSORS, or E_MODEL when names or shapes do not fit or a weight is not finite
 */
export async function loadWeights(
  model: { readonly parameters: readonly Parameter[] },
  dir: string,
  options: LoadWeightsOptions = {},
): Promise<WeightLocation> {
  const { variant = null, log = silentLogger } = options;
  const location = await findWeights(dir, variant);
  if (location.variant !== variant) {
    log.info(`${dir}: no ${variant ?? 'plain'} weights, reading ${location.variant ?? 'the plain ones'}`);
  }
  const files = await WeightFiles.open(location);
  try {
    const { pairs, unused } = matchWeights(model.parameters, files.entries, dir);
    if (unused.length > 0) {
      log.warn(
        `${dir}: ${unused.length} tensors have no place in the model and are left out: ${listNames(unused)}`,
      );
    }
    for (const { parameter, tensor } of pairs) parameter.set(files.read(tensor));
  } finally {
    files.close();
  }
  return location;
}
