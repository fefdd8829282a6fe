import type { RgbImage } from '../diffusion/images/index.ts';

/**
 * The high-frequency residue of a picture's brightness, as the standard deviation of noise that would leave as much
 * (Immerkær 1996, Fast Noise Variance Estimation): the difference of two Laplacians, which cancels edges and slopes, mean
 * of its absolute values. In levels of 0..255.
 */
export function residue({ width, height, data }: RgbImage): number {
  if (width < 3 || height < 3) return 0;
  // ITU-R BT.601, as Pillow's convert('L').
  const grey = Float64Array.from(
    { length: width * height },
    (_, i) => 0.299 * (data[3 * i] ?? 0) + 0.587 * (data[3 * i + 1] ?? 0) + 0.114 * (data[3 * i + 2] ?? 0),
  );
  const at = (x: number, y: number): number => grey[y * width + x] ?? 0;
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const corners = at(x - 1, y - 1) + at(x + 1, y - 1) + at(x - 1, y + 1) + at(x + 1, y + 1);
      const sides = at(x, y - 1) + at(x - 1, y) + at(x + 1, y) + at(x, y + 1);
      sum += Math.abs(corners - 2 * sides + 4 * at(x, y));
    }
  }
  return (Math.sqrt(Math.PI / 2) * sum) / (6 * (width - 2) * (height - 2));
}
