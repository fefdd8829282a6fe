import type { ModelInfo } from '../../stages/modelInfo.ts';

const BYTES_PER_WEIGHT = 4;
/** A trained weight has a gradient and AdamW's two moments beside it. */
const COPIES_WHEN_TRAINED = 4;

/**
 * The least that a job takes: float32 weights of UNet and text encoder, and for what is trained its gradients and
 * moments. Activations come on top and depend on the backend, so what does not fit by this does not fit at all.
 *
 * @returns nothing where the model's files do not tell how large they are
 */
export function memoryOf(
  { unetWeights, textEncoderWeights }: Pick<ModelInfo, 'unetWeights' | 'textEncoderWeights'>,
  use: 'sample' | 'train unet' | 'train all',
): { memoryBytes?: number } {
  if (unetWeights === null || textEncoderWeights === null) return {};
  const unet = unetWeights * (use === 'sample' ? 1 : COPIES_WHEN_TRAINED);
  const textEncoder = textEncoderWeights * (use === 'train all' ? COPIES_WHEN_TRAINED : 1);
  return { memoryBytes: BYTES_PER_WEIGHT * (unet + textEncoder) };
}
