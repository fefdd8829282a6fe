import { SweetspotError } from '../../../core/errors.ts';
import {
  broadcastShapes,
  flag,
  inputType,
  integerList,
  knownIntegers,
  type OpCall,
  type ShapeRule,
  text,
} from './shapeRule.ts';

/** Length of one axis after a window has moved over it; `pads` are explicit ones, before and behind. */
function windowed(
  size: number,
  window: number,
  stride: number,
  padding: string,
  pads: readonly number[],
): number {
  if (padding === 'SAME') return Math.ceil(size / stride);
  const [before = 0, behind = 0] = padding === 'EXPLICIT' ? pads : [];
  return Math.floor((size + before + behind - window) / stride) + 1;
}

function expectChannelsLast(call: OpCall): void {
  const format = text(call, 'data_format');
  if (format === 'NHWC' || format === '') return;
  throw new SweetspotError('E_INTERNAL', 'no shape rule for this layout', { place: call.op, got: format });
}

/** Batch, height, width and channels of what a window of this size makes of input 0. */
function overWindows(call: OpCall, [height = 1, width = 1]: readonly number[], channels: number): number[] {
  expectChannelsLast(call);
  const [batch = 0, h = 0, w = 0] = inputType(call, 0).shape;
  const [, strideY = 1, strideX = 1] = integerList(call, 'strides');
  const [, dilationY = 1, dilationX = 1] = integerList(call, 'dilations');
  const padding = text(call, 'padding');
  const [, , top = 0, bottom = 0, left = 0, right = 0] = integerList(call, 'explicit_paddings');
  return [
    batch,
    windowed(h, (height - 1) * dilationY + 1, strideY, padding, [top, bottom]),
    windowed(w, (width - 1) * dilationX + 1, strideX, padding, [left, right]),
    channels,
  ];
}

const pooling: ShapeRule = call => {
  const { dtype, shape } = inputType(call, 0);
  return [{ dtype, shape: overWindows(call, integerList(call, 'ksize').slice(1, 3), shape[3] ?? 0) }];
};

const product =
  (transposeA: string, transposeB: string): ShapeRule =>
  call => {
    const [a, b] = [inputType(call, 0), inputType(call, 1)];
    const rows = a.shape.at(flag(call, transposeA) ? -1 : -2) ?? 0;
    const columns = b.shape.at(flag(call, transposeB) ? -2 : -1) ?? 0;
    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return [{ dtype: a.dtype, shape: [...batch, rows, columns] }];
  };

/** Matrix products, convolutions and their gradients, pooling. */
export const productRules: Record<string, ShapeRule> = {
  MatMul: product('transpose_a', 'transpose_b'),
  BatchMatMulV2: product('adj_x', 'adj_y'),
  Conv2D: call => {
    const { dtype } = inputType(call, 0);
    const { shape } = inputType(call, 1);
    return [{ dtype, shape: overWindows(call, shape, shape[3] ?? 0) }];
  },
  Conv2DBackpropInput: call => [{ dtype: inputType(call, 1).dtype, shape: knownIntegers(call, 0) }],
  Conv2DBackpropFilter: call => [{ dtype: inputType(call, 0).dtype, shape: knownIntegers(call, 1) }],
  AvgPool: pooling,
  MaxPool: pooling,
};
