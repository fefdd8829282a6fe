import type { RgbImage } from './rgbImage.ts';

/** The 256 values of {@link toTensorValues}: divided, shifted, divided, each rounded to float32 as torch does. */
const VALUE_OF_BYTE = Float32Array.from({ length: 256 }, (_, byte) => {
  const shifted = Math.fround(Math.fround(byte / 255) - 0.5);
  return shifted / 0.5;
});

/**
 * Pixels as a model takes them: `[height, width, 3]` in -1..1, bit-equal to torchvision's `ToTensor` and
 * `Normalize(0.5, 0.5)` but for the order of the axes.
 */
export function toTensorValues(image: RgbImage): Float32Array {
  return Float32Array.from(image.data, byte => VALUE_OF_BYTE[byte] ?? 0);
}

/**
 * A model's output as a picture: diffusers' `VaeImageProcessor`, that is clamp(x / 2 + 0.5) to 0..1, times 255, rounded half
 * to even.
 *
 * @param values `[height, width, 3]`
 */
export function fromTensorValues(values: Float32Array, width: number, height: number): RgbImage {
  const data = Uint8Array.from(values, value => {
    const unit = Math.min(1, Math.max(0, Math.fround(value / 2 + 0.5)));
    return roundHalfEven(Math.fround(unit * 255));
  });
  return { width, height, data };
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
