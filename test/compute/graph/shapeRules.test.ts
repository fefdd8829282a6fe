import { expect, it } from 'vitest';
import {
  type Attributes,
  constant,
  constantData,
  type GraphValue,
  integers,
  outputOf,
  typeOf,
} from '../../../src/compute/graph/graphNode.ts';
import { inferTypes, shapeRules, UnsupportedOp } from '../../../src/compute/graph/shapes/inferTypes.ts';
import { DType, tfjsType } from '../../../src/compute/graph/tensorType.ts';
import { describeNative, runValues } from './support/native.ts';

/** Deterministic values in (0.1, 0.9), which every operation takes. */
function values(...shape: number[]): GraphValue {
  const count = shape.reduce((a, b) => a * b, 1);
  return constant(
    Float32Array.from({ length: count }, (_, i) => 0.1 + 0.8 * ((i * 0.618 + 0.3) % 1)),
    shape,
  );
}

const whole = (data: number[], ...shape: number[]) => constant(Int32Array.from(data), shape);
const truth = (...shape: number[]) =>
  constant(
    Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i % 2),
    shape,
    DType.bool,
  );

const T = { T: { type: DType.float32 } };
const index = (name: string) => ({ [name]: { type: DType.int32 } });
const windows = (strides: number[], padding: string, extra: Attributes = {}): Attributes => ({
  ...T,
  strides: { ints: strides },
  padding: { text: padding },
  data_format: { text: 'NHWC' },
  ...extra,
});
const EXPLICIT = { explicit_paddings: { ints: [0, 0, 1, 1, 0, 2, 0, 0] } };
const pooling = windows([1, 2, 2, 1], 'VALID', { ksize: { ints: [1, 2, 2, 1] } });

type Case = [op: string, inputs: GraphValue[], attributes: Attributes];

const all = (names: string, inputs: () => GraphValue[], attributes: Attributes = T): Case[] =>
  names.split(' ').map(name => [name, inputs(), attributes]);
const reduce = (keep: boolean): Attributes => ({ keep_dims: { bool: keep }, ...index('Tidx') });

// Several cases an operation where its attributes or constants matter to the shape.
const CASES: Case[] = [
  ...all('Abs Ceil Cos Elu Erf Exp Expm1 Floor Log Log1p Neg OnesLike Reciprocal Relu Round Rsqrt', () => [
    values(2, 3),
  ]),
  ...all('Sigmoid Sign Sin Softmax Softplus Sqrt Square Tanh ZerosLike Identity', () => [values(2, 3)]),
  ...all(
    'Add AddV2 Div DivNoNan FloorDiv FloorMod Maximum Minimum Mod Mul Pow RealDiv SquaredDifference Sub',
    () => [values(2, 1, 3), values(4, 1)],
  ),
  ...all('Greater GreaterEqual Less LessEqual Equal NotEqual', () => [values(2, 1), values(3)]),
  ...all('LogicalAnd LogicalOr', () => [truth(2, 1), truth(3)], {}),
  ['LogicalNot', [truth(4)], {}],
  ['RightShift', [whole([4, 5], 2, 1), whole([1, 2, 3], 3)], { T: { type: DType.int32 } }],
  ['Bitcast', [values(2, 3)], { ...T, type: { type: DType.int32 } }],
  ['SelectV2', [truth(2, 1), values(2, 3), values(3)], T],
  ['Select', [truth(2, 3), values(2, 3), values(2, 3)], T],
  ['AddN', [values(2, 2), values(2, 2), values(2, 2)], { ...T, N: { int: 3 } }],
  ['BiasAdd', [values(2, 2, 3), values(3)], { ...T, data_format: { text: 'NHWC' } }],
  ['Cast', [values(3)], { SrcT: { type: DType.float32 }, DstT: { type: DType.int32 } }],
  ...all('Sum Mean Max Min Prod', () => [values(2, 3, 4), integers([0, -1])], { ...T, ...reduce(false) }),
  ...all('Sum Mean Max Min Prod', () => [values(2, 3, 4), integers([1])], { ...T, ...reduce(true) }),
  ...all('All Any', () => [truth(2, 3), integers([1])], reduce(false)),
  ...all('ArgMax ArgMin', () => [values(2, 3), whole([1])], {
    ...T,
    ...index('Tidx'),
    output_type: { type: DType.int32 },
  }),
  ['L2Loss', [values(2, 3)], T],
  ['BiasAddGrad', [values(2, 2, 3)], { ...T, data_format: { text: 'NHWC' } }],
  [
    'UnsortedSegmentSum',
    [values(4, 3), whole([0, 2, 2, 1], 4), whole([5])],
    { ...T, ...index('Tindices'), ...index('Tnumsegments') },
  ],
  ['MatMul', [values(2, 3), values(3, 4)], T],
  [
    'MatMul',
    [values(3, 2), values(4, 3)],
    { ...T, transpose_a: { bool: true }, transpose_b: { bool: true } },
  ],
  ['BatchMatMulV2', [values(2, 1, 3, 4), values(5, 4, 6)], T],
  [
    'BatchMatMulV2',
    [values(2, 4, 3), values(2, 6, 4)],
    { ...T, adj_x: { bool: true }, adj_y: { bool: true } },
  ],
  ['Conv2D', [values(2, 7, 6, 3), values(3, 3, 3, 4)], windows([1, 2, 2, 1], 'SAME')],
  ['Conv2D', [values(2, 7, 6, 3), values(3, 3, 3, 4)], windows([1, 2, 1, 1], 'VALID')],
  ['Conv2D', [values(2, 7, 6, 3), values(3, 3, 3, 4)], windows([1, 2, 2, 1], 'EXPLICIT', EXPLICIT)],
  [
    'Conv2D',
    [values(1, 9, 9, 3), values(3, 3, 3, 4)],
    windows([1, 1, 1, 1], 'VALID', { dilations: { ints: [1, 2, 2, 1] } }),
  ],
  [
    'Conv2DBackpropInput',
    [integers([2, 7, 6, 3]), values(3, 3, 3, 4), values(2, 4, 3, 4)],
    windows([1, 2, 2, 1], 'SAME'),
  ],
  [
    'Conv2DBackpropFilter',
    [values(2, 7, 6, 3), integers([3, 3, 3, 4]), values(2, 4, 3, 4)],
    windows([1, 2, 2, 1], 'SAME'),
  ],
  ['AvgPool', [values(2, 5, 4, 3)], pooling],
  ['MaxPool', [values(2, 5, 4, 3)], pooling],
  ['Reshape', [values(2, 6), integers([3, -1])], { ...T, ...index('Tshape') }],
  ['Transpose', [values(2, 3, 4), integers([2, 0, 1])], { ...T, ...index('Tperm') }],
  ['BroadcastTo', [values(1, 3), integers([2, 3])], { ...T, ...index('Tidx') }],
  ['Fill', [integers([2, 3]), values()], { ...T, ...index('index_type') }],
  ['Tile', [values(2, 3), integers([2, 1])], { ...T, ...index('Tmultiples') }],
  ['ExpandDims', [values(2, 3), whole([-1])], { ...T, ...index('Tdim') }],
  ['ExpandDims', [values(2, 3), whole([1])], { ...T, ...index('Tdim') }],
  ['Pack', [values(2, 3), values(2, 3)], { ...T, N: { int: 2 }, axis: { int: 1 } }],
  ['ConcatV2', [values(2, 3), values(2, 4), whole([-1])], { ...T, N: { int: 2 }, ...index('Tidx') }],
  ['SplitV', [values(2, 5), integers([2, 3]), whole([1])], { ...T, num_split: { int: 2 }, ...index('Tlen') }],
  ['Slice', [values(4, 5), integers([1, 2]), integers([2, -1])], { ...T, ...index('Index') }],
  [
    'GatherV2',
    [values(4, 5), whole([1, 3, 0], 3), whole([1])],
    { Tparams: { type: DType.float32 }, ...index('Tindices'), ...index('Taxis') },
  ],
  ['Pad', [values(2, 3), whole([1, 0, 2, 1], 2, 2)], { ...T, ...index('Tpaddings') }],
  ['PadV2', [values(2, 3), whole([1, 0, 2, 1], 2, 2), values()], { ...T, ...index('Tpaddings') }],
];

const asScalar = (list: GraphValue | undefined): GraphValue =>
  constant((list && constantData(list)) ?? new Int32Array(1), []);

/** Scalars of int32 were given as one-element lists above. */
const scalarWhere: Record<string, number[]> = {
  ArgMax: [1],
  ArgMin: [1],
  UnsortedSegmentSum: [2],
  ExpandDims: [1],
  ConcatV2: [2],
  SplitV: [2],
  GatherV2: [2],
};

describeNative('shape rules', () => {
  it('has a case for every rule', () => {
    expect(new Set(CASES.map(([op]) => op))).toEqual(new Set(shapeRules.keys()));
  });

  it.each(CASES)('%s', (op, inputs, attributes) => {
    for (const at of scalarWhere[op] ?? []) {
      inputs[at] = asScalar(inputs[at]);
    }
    const outputs = inferTypes({ op, attributes, inputs });
    const node = { op, attributes, inputs, after: [], outputs };
    const results = runValues(new Map(outputs.map((_, i) => [`${i}`, outputOf(node, i)])));
    outputs.forEach(({ dtype, shape }, i) => {
      expect(results[i]).toMatchObject({ shape, dtype: tfjsType(dtype) });
      expect(results[i]?.data).toHaveLength(shape.reduce((a, b) => a * b, 1));
    });
  });

  it('refuses what it does not know, by name', () => {
    const call = { op: 'TopKV2', attributes: {}, inputs: [values(3)] };
    expect(() => inferTypes(call)).toThrow(UnsupportedOp);
    expect(() => inferTypes(call)).toThrow('TopKV2');
  });

  it('refuses shapes that depend on computed values', () => {
    const computed = outputOf({
      op: 'Square',
      attributes: T,
      inputs: [integers([2])],
      after: [],
      outputs: [typeOf(integers([2]))],
    });
    expect(() => inferTypes({ op: 'Reshape', attributes: T, inputs: [values(2), computed] })).toThrow(
      /depends on computed values/,
    );
  });
});
