import * as tf from '@tensorflow/tfjs-core';
import { callKernel, type Info, type KernelCall, release, reshape, transpose } from './kernelTools.ts';
import { convolveToFilter, convolveToInput } from './own/convolution.ts';
import { ownKernelsOf } from './own/ownKernels.ts';
import { turnFilter } from './turnFilter.ts';
import type { WasmBackend } from './wasmBackend.ts';

type Pad = Parameters<typeof tf.backend_util.computeConv2DInfo>[4];
type Four = [number, number, number, number];

export interface ConvAttributes {
  strides: number | [number, number];
  pad: Pad;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The geometry of a convolution from its stock attributes. */
export const convInfo = (
  inputShape: number[],
  filterShape: number[],
  { strides, pad, dimRoundingMode }: ConvAttributes,
) =>
  tf.backend_util.computeConv2DInfo(
    inputShape as Four,
    filterShape as Four,
    strides,
    1,
    pad,
    dimRoundingMode,
    false,
  );

/** A stock forward convolution with explicit padding `[top, bottom, left, right]`. */
function convolve(
  backend: WasmBackend,
  x: Info,
  filter: Info,
  [top, bottom, left, right]: Four,
  dilations: [number, number] = [1, 1],
): Info {
  const pad = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return callKernel(backend, 'Conv2D', { x, filter }, { strides: 1, pad, dilations, dataFormat: 'NHWC' });
}

const isPointwise = (kh: number, kw: number, info: tf.backend_util.Conv2DInfo): boolean => {
  const { top, bottom, left, right } = info.padInfo;
  return kh * kw * info.strideHeight * info.strideWidth === 1 && top + bottom + left + right === 0;
};

/**
 * Gradient of a convolution to its input, as a forward convolution of dy with the filter turned by 180 degrees and its
 * channels swapped; a stride becomes zeros between the values of dy.
 */
export function conv2DBackpropInput(
  call: KernelCall<'dy' | 'filter', ConvAttributes & { inputShape: number[] }>,
): Info {
  const { backend, attrs } = call;
  const { dy, filter } = call.inputs;
  const [kh, kw, inChannels, outChannels] = filter.shape as Four;
  const info = convInfo(attrs.inputShape, filter.shape, attrs);
  const { batchSize, strideHeight, strideWidth, padInfo } = info;
  const kernels = ownKernelsOf(backend);
  if (kernels) {
    const out = backend.makeOutput(attrs.inputShape, 'float32');
    convolveToInput(kernels, backend, info, { dy, filter }, out);
    return out;
  }
  if (isPointwise(kh, kw, info)) {
    const matrix = reshape(backend, filter, [inChannels, outChannels]);
    const rows = reshape(backend, dy, [batchSize * info.outHeight * info.outWidth, outChannels]);
    const attributes = { transposeA: false, transposeB: true };
    const product = callKernel(backend, 'BatchMatMul', { a: rows, b: matrix }, attributes);
    const out = reshape(backend, product, attrs.inputShape);
    release(backend, matrix, rows, product);
    return out;
  }
  const turned = turnFilter(backend, filter);
  const spread = insertZeros(backend, dy, strideHeight, strideWidth);
  const [, height, width] = spread.shape as Four;
  const top = kh - 1 - padInfo.top;
  const left = kw - 1 - padInfo.left;
  // What is needed behind the last row to come out at the input's size; negative where rows have to go.
  const bottom = info.inHeight - (height + top - kh + 1);
  const right = info.inWidth - (width + left - kw + 1);
  const padded: Four = [Math.max(top, 0), Math.max(bottom, 0), Math.max(left, 0), Math.max(right, 0)];
  const out = convolve(backend, spread, turned, padded);
  release(backend, turned, spread);
  if (top >= 0 && left >= 0 && bottom >= 0 && right >= 0) return out;
  const begin = [0, Math.max(-top, 0), Math.max(-left, 0), 0];
  const cut = callKernel(backend, 'Slice', { x: out }, { begin, size: attrs.inputShape });
  release(backend, out);
  return cut;
}

/** `[B, H, W, C]` to `[B, H * sh, W * sw, C]` with zeros behind every row and column; the caller releases it. */
function insertZeros(backend: WasmBackend, x: Info, sh: number, sw: number): Info {
  const [batch, height, width, channels] = x.shape as Four;
  if (sh === 1 && sw === 1) return reshape(backend, x, x.shape);
  const split = reshape(backend, x, [batch, height, 1, width, 1, channels]);
  const paddings = [
    [0, 0],
    [0, 0],
    [0, sh - 1],
    [0, 0],
    [0, sw - 1],
    [0, 0],
  ];
  const padded = callKernel(backend, 'PadV2', { x: split }, { paddings, constantValue: 0 });
  const out = reshape(backend, padded, [batch, height * sh, width * sw, channels]);
  release(backend, split, padded);
  return out;
}

/**
 * Gradient of a convolution to its filter (missing in the stock backend) as one forward convolution: the input's
 * channels are the batch, the batch is the channels, dy is the filter, and the stride is its dilation.
 */
export function conv2DBackpropFilter(
  call: KernelCall<'x' | 'dy', ConvAttributes & { filterShape: number[] }>,
): Info {
  const { backend, attrs } = call;
  const { x, dy } = call.inputs;
  const [kh, kw, inChannels, outChannels] = attrs.filterShape as Four;
  const info = convInfo(x.shape, attrs.filterShape, attrs);
  const { strideHeight, strideWidth, padInfo } = info;
  const kernels = ownKernelsOf(backend);
  if (kernels) {
    const out = backend.makeOutput(attrs.filterShape, 'float32');
    convolveToFilter(kernels, backend, info, { x, dy }, out);
    return out;
  }
  if (isPointwise(kh, kw, info)) {
    const positions = info.batchSize * info.outHeight * info.outWidth;
    const a = reshape(backend, x, [positions, inChannels]);
    const b = reshape(backend, dy, [positions, outChannels]);
    const product = callKernel(backend, 'BatchMatMul', { a, b }, { transposeA: true, transposeB: false });
    const out = reshape(backend, product, attrs.filterShape);
    release(backend, a, b, product);
    return out;
  }
  const bottom = (info.outHeight - 1) * strideHeight + kh - info.inHeight - padInfo.top;
  const right = (info.outWidth - 1) * strideWidth + kw - info.inWidth - padInfo.left;
  const pad: Four = [padInfo.top, Math.max(bottom, 0), padInfo.left, Math.max(right, 0)];
  const channelsFirst = transpose(backend, x, [3, 1, 2, 0]);
  const dyAsFilter = transpose(backend, dy, [1, 2, 0, 3]);
  const all = convolve(backend, channelsFirst, dyAsFilter, pad, [strideHeight, strideWidth]);
  const size = [inChannels, kh, kw, outChannels];
  const taps = callKernel(backend, 'Slice', { x: all }, { begin: [0, 0, 0, 0], size });
  const out = transpose(backend, taps, [1, 2, 0, 3]);
  release(backend, channelsFirst, dyAsFilter, all, taps);
  return out;
}
