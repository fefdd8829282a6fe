import { UnsupportedOp } from './shapes/inferTypes.ts';

/** What TensorFlow calls the output of its operations; inside a function, inputs are named by it. */
const NAMES: Record<string, string> = {
  activations: 'Elu Relu Softplus',
  output:
    'AvgPool BatchMatMulV2 BiasAdd BiasAddGrad Bitcast BroadcastTo ConcatV2 Const Conv2D Conv2DBackpropFilter ' +
    'Conv2DBackpropInput ExpandDims Fill GatherV2 Identity L2Loss MaxPool Pack Pad PadV2 Reshape Select SelectV2 Slice SplitV Tile UnsortedSegmentSum ' +
    'All Any ArgMax ArgMin Max Mean Min Prod Sum',
  product: 'MatMul',
  softmax: 'Softmax',
  sum: 'AddN',
  value: 'ReadVariableOp',
  y:
    'Abs Cast Ceil Cos Erf Exp Expm1 Floor Log Log1p LogicalNot Neg OnesLike Reciprocal Round Rsqrt Sigmoid Sign Sin Sqrt Square ' +
    'Tanh Transpose ZerosLike',
  z:
    'Add AddV2 Div DivNoNan Equal FloorDiv FloorMod Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr Maximum Minimum Mod ' +
    'Mul NotEqual Pow RealDiv RightShift SquaredDifference Sub',
};

const byOp = new Map(
  Object.entries(NAMES).flatMap(([name, ops]) => ops.split(' ').map(op => [op, name] as const)),
);

/** @throws UnsupportedOp for an operation that functions cannot have */
export function outputName(op: string): string {
  const name = byOp.get(op);
  if (name === undefined) throw new UnsupportedOp(op);
  return name;
}
