import type { ModelInfo } from '../../stages/modelInfo.ts';

const BYTES_PER_WEIGHT = 4;
/** A trained weight has a gradient and AdamW's two moments beside it; moments in eight bits are a quarter as large. */
const COPIES_WHEN_TRAINED = 4;
const COPIES_WITH_8BIT_ADAM = 2.5;

/**
 * The least that a job takes: float32 weights of UNet and text encoder, and for what is trained its gradients and
 * moments. Activations come on top and depend on the backend, so what does not fit by this does not fit at all.
 *
 * @returns nothing where the model's files do not tell how large they are
 */
export function memoryOf(
  { unetWeights, textEncoderWeights }: Pick<ModelInfo, 'unetWeights' | 'textEncoderWeights'>,
  use: 'sample' | 'train unet' | 'train all',
  { use8bitAdam = false }: { use8bitAdam?: boolean } = {},
): { memoryBytes?: number } {
  if (unetWeights === null || textEncoderWeights === null) return {};
  const copies = use8bitAdam ? COPIES_WITH_8BIT_ADAM : COPIES_WHEN_TRAINED;
  const unet = unetWeights * (use === 'sample' ? 1 : copies);
  const textEncoder = textEncoderWeights * (use === 'train all' ? copies : 1);
  return { memoryBytes: BYTES_PER_WEIGHT * (unet + textEncoder) };
}
