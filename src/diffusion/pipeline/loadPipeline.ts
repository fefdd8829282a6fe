import { join } from 'node:path';
import { SweetspotError } from '../../core/errors.ts';
import { type Logger, silentLogger } from '../../core/log.ts';
import type { CLIPTextConfig } from '../config/clipTextConfig.ts';
import { AutoencoderKL, CLIPTextModel, UNet2DConditionModel } from '../models/index.ts';
import { CLIPTokenizer } from '../tokenizer/clipTokenizer.ts';
import { loadWeights } from './loadWeights.ts';
import { readPipelineFolder } from './pipelineFolder.ts';
import type { PartialPipeline, PipelinePart, StableDiffusionPipeline } from './stableDiffusionPipeline.ts';

export interface LoadPipelineOptions {
  /** `fp16`: prefer files with this infix. Default: files without; if there are none, the only variant there is. */
  variant?: string | null;
  log?: Logger;
}

const PARTS: readonly PipelinePart[] = ['tokenizer', 'textEncoder', 'vae', 'unet', 'scheduler'];

/**
 * Loads a model folder in diffusers layout; weights of 16 bits are widened to float32. Every config is read and
 * checked against the others, whatever part is wanted, and no weight is read before that is done.
 *
 * @param options.only the parts to load; default all
 * @throws E_MISSING for a missing file or folder, E_MODEL for another kind of model or parts that do not fit,
 *   E_SAFETENSORS for a damaged weight file, E_TOKENIZER, E_SCHEDULER; nothing stays in memory then
 */
export function loadPipeline(dir: string, options?: LoadPipelineOptions): Promise<StableDiffusionPipeline>;
export function loadPipeline<P extends PipelinePart>(
  dir: string,
  options: LoadPipelineOptions & { only: readonly P[] },
): Promise<PartialPipeline<P>>;
export async function loadPipeline(
  dir: string,
  options: LoadPipelineOptions & { only?: readonly PipelinePart[] } = {},
): Promise<Partial<StableDiffusionPipeline>> {
  const { only = PARTS, variant = null, log = silentLogger } = options;
  const folder = await readPipelineFolder(dir);
  const tokenizer = only.includes('tokenizer')
    ? await loadTokenizer(join(dir, 'tokenizer'), folder.textEncoder)
    : undefined;
  const models = {
    ...(only.includes('textEncoder') && { textEncoder: new CLIPTextModel(folder.textEncoder) }),
    ...(only.includes('vae') && { vae: new AutoencoderKL(folder.vae) }),
    ...(only.includes('unet') && { unet: new UNet2DConditionModel(folder.unet) }),
  };
  const dispose = (): void => {
    for (const model of Object.values(models)) model.dispose();
  };
  try {
    const variants: (string | null)[] = [];
    for (const [part, model] of Object.entries(models)) {
      const subfolder = part === 'textEncoder' ? 'text_encoder' : part;
      variants.push((await loadWeights(model, join(dir, subfolder), { variant, log })).variant);
    }
    checkVariant(dir, variant, variants);
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    dir,
    ...models,
    ...(tokenizer && { tokenizer }),
    ...(only.includes('scheduler') && { schedulerConfig: folder.scheduler }),
    dispose,
  };
}

/** A variant may be missing in some parts, but not in all. */
function checkVariant(dir: string, wanted: string | null, found: readonly (string | null)[]): void {
  if (wanted === null || found.length === 0 || found.includes(wanted)) return;
  throw new SweetspotError('E_MISSING', 'no weights of that variant', {
    place: dir,
    allowed: `files like diffusion_pytorch_model.${wanted}.safetensors`,
    got: [...new Set(found.map(variant => variant ?? 'files without variant'))].join(', '),
    hint: 'Leave the variant out to load what is there',
  });
}

/**
 * The pipeline with the tokenizer of another folder, or as it is where that is null.
 * @throws E_TOKENIZER
 */
export async function withTokenizer(
  pipeline: StableDiffusionPipeline,
  dir: string | null,
): Promise<StableDiffusionPipeline> {
  if (dir === null) return pipeline;
  return { ...pipeline, tokenizer: await loadTokenizer(dir, pipeline.textEncoder.config) };
}

/**
 * The tokenizer of a folder, for a text encoder that has an embedding for each of its tokens.
 * @throws E_TOKENIZER
 */
async function loadTokenizer(
  place: string,
  { vocabSize, maxPositionEmbeddings }: CLIPTextConfig,
): Promise<CLIPTokenizer> {
  const tokenizer = await CLIPTokenizer.load(place, { maxPositions: maxPositionEmbeddings });
  if (tokenizer.vocabSize <= vocabSize) return tokenizer;
  throw new SweetspotError(
    'E_TOKENIZER',
    'the tokenizer has more tokens than the text encoder has embeddings',
    {
      place,
      allowed: `${vocabSize} at most, the text encoder's vocab_size`,
      got: `${tokenizer.vocabSize}`,
      hint: 'Take tokenizer and text_encoder from the same model',
    },
  );
}
