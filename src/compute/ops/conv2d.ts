import * as tf from '@tensorflow/tfjs-core';
import { columnSums } from './columnSums.ts';
import { defineKernel } from './defineKernel.ts';
import { expectShape, expectThat, lastOf } from './shapes.ts';

type Padding = readonly [top: number, bottom: number, left: number, right: number];
type StockPad = [[number, number], [number, number], [number, number], [number, number]];

interface ConvAttributes extends Record<string, unknown> {
  stride: number;
  pad: StockPad;
  hasBias: boolean;
}

const stock = (
  name: string,
  inputs: Record<string, tf.Tensor>,
  attributes: Record<string, unknown>,
): tf.Tensor => tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap) as tf.Tensor;

/** The attributes that all three stock convolution kernels share. */
const common = ({ stride, pad }: ConvAttributes) => ({
  strides: [stride, stride],
  pad,
  dataFormat: 'NHWC',
  dilations: [1, 1],
});

const run = defineKernel<'x' | 'filter' | 'bias', ConvAttributes>(
  'SweetspotConv2D',
  ({ x, filter, bias }, attributes) => {
    const y = stock('Conv2D', { x, filter }, common(attributes));
    return [attributes.hasBias ? tf.add(y, bias) : y];
  },
  {
    saveInputs: ['x', 'filter'],
    gradient: (dy, saved, attributes) => {
      const [x, filter] = saved as [tf.Tensor, tf.Tensor];
      const { dilations, ...shared } = common(attributes);
      return {
        x: () => stock('Conv2DBackpropInput', { dy, filter }, { ...shared, inputShape: x.shape }),
        filter: () => stock('Conv2DBackpropFilter', { x, dy }, { ...shared, filterShape: filter.shape }),
        bias: () => columnSums(dy),
      };
    },
  },
);

/**
 * 2-D convolution (cross-correlation, as torch's Conv2d): x `[B, H, W, Cin]`, filter `[kh, kw, Cin, Cout]`, bias
 * `[Cout]` or null, zero padding `[top, bottom, left, right]` in pixels; gives `[B, H', W', Cout]`.
 */
export function conv2d(
  x: tf.Tensor4D,
  filter: tf.Tensor,
  bias: tf.Tensor | null,
  { stride, padding }: { stride: number; padding: Padding },
): tf.Tensor4D {
  expectThat(x.shape.length === 4, 'conv2d input', '[B, H, W, C]', `[${x.shape}]`);
  expectThat(filter.shape.length === 4, 'conv2d filter', '[kh, kw, in, out]', `[${filter.shape}]`);
  expectThat(x.shape[3] === filter.shape[2], 'conv2d input', `${filter.shape[2]} channels`, `[${x.shape}]`);
  const [top, bottom, left, right] = padding;
  const attributes: ConvAttributes = {
    stride,
    pad: [[0, 0], [top, bottom], [left, right], [0, 0]], // biome-ignore format: one row reads best
    hasBias: bias !== null,
  };
  if (!bias) return run({ x, filter }, attributes)[0] as tf.Tensor4D;
  expectShape(bias, [lastOf(filter.shape)], 'conv2d bias');
  return run({ x, filter, bias }, attributes)[0] as tf.Tensor4D;
}
