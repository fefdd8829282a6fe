import { RESIZE_KERNELS, type ResizeFilter, type ResizeKernel } from './resizeFilters.ts';
import { checkSize, type RgbImage } from './rgbImage.ts';

/** Weights are whole multiples of 2^-22: 8 bits of value and 2 of overshoot remain of 32. */
const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

/**
 * Resizes like `Image.resize` of Pillow 13, to the bit: when shrinking, the kernel is widened by the scale
 * (antialiasing); one pass along rows and one along columns, rounded to 8 bits after each; fixed-point weights.
 */
export function resizePil(image: RgbImage, width: number, height: number, filter: ResizeFilter): RgbImage {
  checkSize(width, height);
  if (width === image.width && height === image.height) return { width, height, data: image.data.slice() };
  if (filter === 'nearest') return resizeNearest(image, width, height);
  const kernel = RESIZE_KERNELS[filter];
  const narrow = (source: RgbImage): RgbImage =>
    width === source.width ? source : resampleRows(source, width, kernel);
  const lower = (source: RgbImage): RgbImage =>
    height === source.height ? source : resampleColumns(source, height, kernel);
  return isColumnsFirst(image, width, height) ? narrow(lower(image)) : lower(narrow(image));
}

/** Pillow 13 saves work where the height shrinks by more than twice what the width does; older ones begin with rows. */
function isColumnsFirst(image: RgbImage, width: number, height: number): boolean {
  const shrink = image.height - height;
  return shrink > 0 && shrink > 2 * (image.width - width);
}

/** For each output pixel: where its window begins and how long it is, and `taps` weights a pixel. */
interface Windows {
  taps: number;
  starts: Int32Array;
  lengths: Int32Array;
  weights: Int32Array;
}

function makeWindows(inputSize: number, outputSize: number, kernel: ResizeKernel): Windows {
  const scale = inputSize / outputSize;
  const stretch = Math.max(scale, 1);
  const support = kernel.support * stretch;
  const taps = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(outputSize);
  const lengths = new Int32Array(outputSize);
  const weights = new Int32Array(outputSize * taps);
  for (let out = 0; out < outputSize; out++) {
    const centre = (out + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(inputSize, Math.trunc(centre + support + 0.5));
    const exact = Array.from({ length: end - start }, (_, i) =>
      kernel.weight((i + start - centre + 0.5) * (1 / stretch)),
    );
    const total = exact.reduce((sum, weight) => sum + weight, 0);
    starts[out] = start;
    lengths[out] = exact.length;
    exact.forEach((weight, i) => {
      const scaled = (total === 0 ? weight : weight / total) * 2 ** PRECISION_BITS;
      weights[out * taps + i] = Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    });
  }
  return { taps, starts, lengths, weights };
}

// In the loops below every index is inside its array by construction; `as number` says so at no cost.

function resampleRows(image: RgbImage, width: number, kernel: ResizeKernel): RgbImage {
  const { taps, starts, lengths, weights } = makeWindows(image.width, width, kernel);
  const source = image.data;
  const data = new Uint8ClampedArray(width * image.height * 3);
  for (let y = 0, target = 0; y < image.height; y++) {
    const row = y * image.width;
    for (let x = 0; x < width; x++, target += 3) {
      const end = x * taps + (lengths[x] as number);
      let at = (row + (starts[x] as number)) * 3;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      for (let tap = x * taps; tap < end; tap++, at += 3) {
        const weight = weights[tap] as number;
        red += weight * (source[at] as number);
        green += weight * (source[at + 1] as number);
        blue += weight * (source[at + 2] as number);
      }
      data[target] = red >> PRECISION_BITS;
      data[target + 1] = green >> PRECISION_BITS;
      data[target + 2] = blue >> PRECISION_BITS;
    }
  }
  return { width, height: image.height, data: new Uint8Array(data.buffer) };
}

function resampleColumns(image: RgbImage, height: number, kernel: ResizeKernel): RgbImage {
  const { taps, starts, lengths, weights } = makeWindows(image.height, height, kernel);
  const source = image.data;
  const stride = image.width * 3;
  const data = new Uint8ClampedArray(stride * height);
  for (let y = 0; y < height; y++) {
    const end = y * taps + (lengths[y] as number);
    const first = (starts[y] as number) * stride;
    for (let column = 0; column < stride; column++) {
      let sum = HALF;
      for (let tap = y * taps, at = first + column; tap < end; tap++, at += stride) {
        sum += (weights[tap] as number) * (source[at] as number);
      }
      data[y * stride + column] = sum >> PRECISION_BITS;
    }
  }
  return { width: image.width, height, data: new Uint8Array(data.buffer) };
}

function resizeNearest(image: RgbImage, width: number, height: number): RgbImage {
  const columns = nearestIndices(image.width, width);
  const data = new Uint8Array(width * height * 3);
  let target = 0;
  for (const y of nearestIndices(image.height, height)) {
    for (const x of columns) {
      const at = (y * image.width + x) * 3;
      data.set(image.data.subarray(at, at + 3), target);
      target += 3;
    }
  }
  return { width, height, data };
}

/** Pixel centres, summed up step by step as Pillow does: the rounding of the sum decides ties. */
function nearestIndices(inputSize: number, outputSize: number): Int32Array {
  const scale = inputSize / outputSize;
  let position = scale * 0.5;
  return Int32Array.from({ length: outputSize }, () => {
    const index = Math.min(Math.trunc(position), inputSize - 1);
    position += scale;
    return index;
  });
}
