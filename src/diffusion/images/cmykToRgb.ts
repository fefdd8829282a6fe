/**
 * Ink to light without a colour profile, as Pillow converts: light = (255 - k) - c * (255 - k) / 255, the product
 * rounded to 8 bits first.
 *
 * @param cmyk pixels of cyan, magenta, yellow, black (0 = no ink), then further channels that are dropped
 */
export function cmykToRgb(cmyk: Uint8Array, channels: number): Uint8Array {
  const pixels = cmyk.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    const light = 255 - (cmyk[channels * i + 3] ?? 0);
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = light - scaleByte(cmyk[channels * i + c] ?? 0, light);
  }
  return rgb;
}

/** a * b / 255, rounded, in integers. */
function scaleByte(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}
