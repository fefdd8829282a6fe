import { DType } from '../tensorType.ts';
import { broadcastShapes, inputType, type ShapeRule, typeNumber } from './shapeRule.ts';

const unary: ShapeRule = call => [inputType(call, 0)];

const binary: ShapeRule = call => {
  const [a, b] = [inputType(call, 0), inputType(call, 1)];
  return [{ dtype: a.dtype, shape: broadcastShapes(a.shape, b.shape) }];
};

const comparison: ShapeRule = call => {
  const [a, b] = [inputType(call, 0), inputType(call, 1)];
  return [{ dtype: DType.bool, shape: broadcastShapes(a.shape, b.shape) }];
};

const select: ShapeRule = call => {
  const [condition, a, b] = [inputType(call, 0), inputType(call, 1), inputType(call, 2)];
  return [{ dtype: a.dtype, shape: broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape)) }];
};

const each = (names: string, rule: ShapeRule): Record<string, ShapeRule> =>
  Object.fromEntries(names.split(' ').map(name => [name, rule]));

/** Operations on every element. */
export const elementwiseRules: Record<string, ShapeRule> = {
  ...each(
    'Abs Ceil Cos Elu Erf Exp Expm1 Floor Log Log1p LogicalNot Neg OnesLike Reciprocal Relu Round Rsqrt',
    unary,
  ),
  ...each('Sigmoid Sign Sin Softmax Softplus Sqrt Square Tanh ZerosLike Identity', unary),
  ...each(
    'Add AddV2 Div DivNoNan FloorDiv FloorMod Maximum Minimum Mod Mul Pow RealDiv RightShift SquaredDifference Sub',
    binary,
  ),
  ...each('Equal Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr NotEqual', comparison),
  ...each('Select SelectV2', select),
  AddN: unary,
  BiasAdd: unary,
  Cast: call => [{ dtype: typeNumber(call, 'DstT'), shape: inputType(call, 0).shape }],
  // Between types of one size.
  Bitcast: call => [{ dtype: typeNumber(call, 'type'), shape: inputType(call, 0).shape }],
};
