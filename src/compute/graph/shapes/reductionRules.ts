import { DType } from '../tensorType.ts';
import { flag, frontAxis, inputType, knownIntegers, type ShapeRule } from './shapeRule.ts';

/** Over the axes of input 1. */
const reduction: ShapeRule = call => {
  const { dtype, shape } = inputType(call, 0);
  const axes = new Set(knownIntegers(call, 1).map(axis => frontAxis(axis, shape.length)));
  const kept = flag(call, 'keep_dims')
    ? shape.map((size, axis) => (axes.has(axis) ? 1 : size))
    : shape.filter((_, axis) => !axes.has(axis));
  return [{ dtype, shape: kept }];
};

/** Index of the largest (smallest) along one axis. */
const indexOfExtreme: ShapeRule = call => {
  const { shape } = inputType(call, 0);
  const axis = frontAxis(knownIntegers(call, 1)[0] ?? 0, shape.length);
  return [{ dtype: DType.int32, shape: shape.filter((_, i) => i !== axis) }];
};

/** Operations that shorten axes. */
export const reductionRules: Record<string, ShapeRule> = {
  Sum: reduction,
  Mean: reduction,
  Max: reduction,
  Min: reduction,
  Prod: reduction,
  All: reduction,
  Any: reduction,
  ArgMax: indexOfExtreme,
  ArgMin: indexOfExtreme,
  L2Loss: call => [{ dtype: inputType(call, 0).dtype, shape: [] }],
  BiasAddGrad: call => {
    const { dtype, shape } = inputType(call, 0);
    return [{ dtype, shape: shape.slice(-1) }];
  },
  UnsortedSegmentSum: call => {
    const values = inputType(call, 0);
    const ids = inputType(call, 1);
    const segments = knownIntegers(call, 2)[0] ?? 0;
    return [{ dtype: values.dtype, shape: [segments, ...values.shape.slice(ids.shape.length)] }];
  },
};
