import type * as tf from '@tensorflow/tfjs-core';
import { type Info, offsetOf } from '../kernelTools.ts';
import type { WasmBackend } from '../wasmBackend.ts';
import type { OwnKernels } from './ownKernels.ts';
import { LEFT, multiply, RIGHT } from './product.ts';

const BYTES = 4;
type Geometry = tf.backend_util.Conv2DInfo;

const pixels = (info: Geometry): number => info.batchSize * info.outHeight * info.outWidth;

const isPointwise = ({ filterHeight, filterWidth, strideHeight, strideWidth, padInfo }: Geometry): boolean =>
  filterHeight * filterWidth * strideHeight * strideWidth === 1 &&
  padInfo.top + padInfo.left + padInfo.bottom + padInfo.right === 0;

/** Where a forward convolution reads: one place per output pixel. */
const patches = (info: Geometry) => ({
  source: [info.inHeight, info.inWidth, info.inChannels] as const,
  grid: [info.outHeight, info.outWidth] as const,
  tapsWidth: info.filterWidth,
  step: [info.strideHeight, info.strideWidth] as const,
  offset: [-info.padInfo.top, -info.padInfo.left] as const,
  tapStep: 1 as const,
});

/** y = x * filter (+ bias) as one product, whose left side is gathered from the picture while it is packed. */
export function convolve(
  kernels: OwnKernels,
  backend: WasmBackend,
  info: Geometry,
  { x, filter, bias }: { x: Info; filter: Info; bias: Info | null },
  out: Info,
): void {
  const { inChannels, outChannels } = info;
  const pointwise = isPointwise(info);
  multiply(kernels, {
    size: [pixels(info), info.filterHeight * info.filterWidth * inChannels, outChannels],
    left: {
      mode: pointwise ? LEFT.rows : LEFT.patches,
      address: offsetOf(backend, x),
      row: inChannels * BYTES,
    },
    right: { mode: RIGHT.rows, address: offsetOf(backend, filter), row: outChannels * BYTES },
    result: { address: offsetOf(backend, out), row: outChannels * BYTES },
    bias: bias ? offsetOf(backend, bias) : 0,
    pictures: patches(info),
  });
}

/** The filter's gradient: the sum over all output pixels of (input at a tap) x (dy). */
export function convolveToFilter(
  kernels: OwnKernels,
  backend: WasmBackend,
  info: Geometry,
  { x, dy }: { x: Info; dy: Info },
  out: Info,
): void {
  const { inChannels, outChannels } = info;
  multiply(kernels, {
    size: [info.filterHeight * info.filterWidth * inChannels, pixels(info), outChannels],
    left: {
      mode: isPointwise(info) ? LEFT.columns : LEFT.shifted,
      address: offsetOf(backend, x),
      column: inChannels * BYTES,
    },
    right: { mode: RIGHT.rows, address: offsetOf(backend, dy), row: outChannels * BYTES },
    result: { address: offsetOf(backend, out), row: outChannels * BYTES },
    pictures: patches(info),
  });
}

/**
 * The input's gradient. An input pixel takes part with the taps whose distance to it is a multiple of the stride, so
 * the pixels of each remainder (one, without a stride) are a convolution of dy with every stride-th tap.
 */
export function convolveToInput(
  kernels: OwnKernels,
  backend: WasmBackend,
  info: Geometry,
  { dy, filter }: { dy: Info; filter: Info },
  out: Info,
): void {
  const { inChannels, outChannels, strideHeight, strideWidth } = info;
  const address = offsetOf(backend, dy);
  const result = { address: offsetOf(backend, out), row: inChannels * BYTES };
  const filterAddress = offsetOf(backend, filter);
  if (isPointwise(info)) {
    multiply(kernels, {
      size: [pixels(info), outChannels, inChannels],
      left: { mode: LEFT.rows, address, row: outChannels * BYTES },
      right: { mode: RIGHT.columns, address: filterAddress, column: outChannels * BYTES },
      result,
    });
    return;
  }
  // A stride beyond the filter leaves pixels that nothing depends on.
  if (strideHeight > info.filterHeight || strideWidth > info.filterWidth)
    backend.typedArrayFromHeap(out).fill(0);
  const rows = phases(info.inHeight, info.filterHeight, strideHeight, info.padInfo.top);
  const columns = phases(info.inWidth, info.filterWidth, strideWidth, info.padInfo.left);
  for (const y of rows) {
    for (const x of columns) {
      multiply(kernels, {
        size: [info.batchSize * y.count * x.count, y.taps * x.taps * outChannels, inChannels],
        left: { mode: LEFT.patches, address },
        right: { mode: RIGHT.filter, address: filterAddress },
        result,
        pictures: {
          source: [info.outHeight, info.outWidth, outChannels],
          grid: [y.count, x.count],
          tapsWidth: x.taps,
          step: [1, 1],
          offset: [y.source, x.source],
          tapStep: -1,
          out: {
            size: [info.inHeight, info.inWidth],
            first: [y.first, x.first],
            step: [strideHeight, strideWidth],
          },
          filter: {
            width: info.filterWidth,
            first: [y.phase, x.phase],
            stride: [strideHeight, strideWidth],
          },
        },
      });
    }
  }
}

interface Phase {
  phase: number;
  /** First input place of this remainder, and how many there are. */
  first: number;
  count: number;
  /** Output place that the first one's first tap belongs to. */
  source: number;
  taps: number;
}

/** Along one axis: input places by the remainder of (place + padding) / stride, for which every stride-th tap counts. */
function phases(size: number, taps: number, stride: number, padding: number): Phase[] {
  return Array.from({ length: Math.min(stride, taps) }, (_, phase) => {
    const first = (((phase - padding) % stride) + stride) % stride;
    return {
      phase,
      first,
      count: Math.max(0, Math.ceil((size - first) / stride)),
      source: (first + padding - phase) / stride,
      taps: Math.ceil((taps - phase) / stride),
    };
  }).filter(({ count }) => count > 0);
}
