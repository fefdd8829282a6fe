import { BLOCK, type DynamicCode, SIGNED_CODE, UNSIGNED_CODE } from '../optimizer/dynamicCode.ts';
import { blocksOf } from '../optimizer/moments.ts';
import type { AdamFactors } from './adamNodes.ts';
import { constant, type GraphNode, type GraphValue, integers, scalar, typeOf } from './graphNode.ts';
import { assign, type GraphVariable, readVariable } from './graphProgram.ts';
import { FLOAT, make } from './simplify/rewriteRule.ts';
import { DType, sizeOfType } from './tensorType.ts';

/** A moment in eight bits: codes [blocks, 256], scales [blocks]. */
export interface QuantizedVariables {
  codes: GraphVariable;
  absmax: GraphVariable;
}

const INT = { T: { type: DType.int32 } } as const;
const integer = (value: number): GraphValue => constant(Int32Array.of(value), []);

/**
 * One AdamW update with moments in eight bits, as AdamW does it op by op: to float32, the update, and back. TensorFlow has
 * no operation of its own for this, so codes are looked up in tables.
 *
 * @param after what must have been done before any value is read
 */
export function adam8bitNodes(
  weight: GraphVariable,
  { m, v }: { m: QuantizedVariables; v: QuantizedVariables },
  gradient: GraphValue,
  { decay, stepSize, epsilon }: AdamFactors,
  { beta1, beta2 }: { beta1: number; beta2: number },
  after: readonly GraphNode[],
): GraphNode[] {
  const g = inBlocks(gradient);
  const m0 = dequantized(m, SIGNED_CODE, after);
  const v0 = dequantized(v, UNSIGNED_CODE, after);
  const m1 = add(m0, multiply(make('Sub', [g, m0], FLOAT), scalar(1 - beta1)));
  const v1 = add(multiply(v0, scalar(beta2)), multiply(multiply(g, scalar(1 - beta2)), g));
  const root = add(make('Sqrt', [v1], FLOAT), epsilon);
  const change = make('RealDiv', [multiply(m1, stepSize), root], FLOAT);
  const before = readVariable(weight, after);
  const kept = decay ? multiply(before, decay) : before;
  return [
    assign(weight, make('Sub', [kept, outOfBlocks(change, weight)], FLOAT)),
    ...quantize(m, m1, SIGNED_CODE),
    ...quantize(v, v1, UNSIGNED_CODE),
  ];
}

/** [blocks, 256] */
function dequantized({ codes, absmax }: QuantizedVariables, code: DynamicCode, after: readonly GraphNode[]) {
  const table = constant(code.values, [code.values.length]);
  const indices = cast(readVariable(codes, after), DType.int32);
  return multiply(lookUp(table, indices), columnOf(readVariable(absmax, after)));
}

/** @param values [blocks, 256] */
function quantize({ codes, absmax }: QuantizedVariables, values: GraphValue, code: DynamicCode): GraphNode[] {
  const attributes = { ...FLOAT, keep_dims: { bool: false }, Tidx: { type: DType.int32 } };
  const largest = make('Max', [make('Abs', [values], FLOAT), integers([1])], attributes);
  const scaled = make('DivNoNan', [values, columnOf(largest)], FLOAT);
  const bits = make('Bitcast', [make('Abs', [scaled], FLOAT)], { ...FLOAT, type: { type: DType.int32 } });
  const place = make('Sub', [make('RightShift', [bits, integer(code.shift)], INT), integer(code.first)], INT);
  // A quotient may be a little above one where division is not exact.
  const key = make('Minimum', [make('Maximum', [place, integer(0)], INT), integer(code.last)], INT);
  const table = constant(code.codes, [code.codes.length], DType.uint8);
  const nearest = lookUp(table, code === SIGNED_CODE ? signedKey(key, scaled, code) : key);
  return [assign(codes, nearest), assign(absmax, largest)];
}

/** Keys of numbers below 0 lie behind the others. */
function signedKey(key: GraphValue, values: GraphValue, { last }: DynamicCode): GraphValue {
  const below = cast(make('Less', [values, scalar(0)], FLOAT), DType.int32);
  return make('AddV2', [key, make('Mul', [below, integer(last + 1)], INT)], INT);
}

const multiply = (a: GraphValue, b: GraphValue): GraphValue => make('Mul', [a, b], FLOAT);
const add = (a: GraphValue, b: GraphValue): GraphValue => make('AddV2', [a, b], FLOAT);

const cast = (value: GraphValue, dtype: number): GraphValue =>
  make('Cast', [value], { SrcT: { type: typeOf(value).dtype }, DstT: { type: dtype } });

const reshape = (value: GraphValue, shape: readonly number[]): GraphValue =>
  make('Reshape', [value, integers(shape)], {
    T: { type: typeOf(value).dtype },
    Tshape: { type: DType.int32 },
  });

const columnOf = (value: GraphValue): GraphValue => reshape(value, [sizeOfType(typeOf(value)), 1]);

const lookUp = (table: GraphValue, indices: GraphValue): GraphValue =>
  make('GatherV2', [table, indices, integer(0)], {
    Tparams: { type: typeOf(table).dtype },
    Tindices: { type: DType.int32 },
    Taxis: { type: DType.int32 },
    batch_dims: { int: 0 },
  });

/** Any shape to [blocks, 256], zeros behind. */
function inBlocks(value: GraphValue): GraphValue {
  const size = sizeOfType(typeOf(value));
  const blocks = blocksOf(size);
  const missing = blocks * BLOCK - size;
  if (missing === 0) return reshape(value, [blocks, BLOCK]);
  const pads = constant(Int32Array.of(0, missing), [1, 2]);
  const padded = make('Pad', [reshape(value, [size]), pads], { ...FLOAT, Tpaddings: { type: DType.int32 } });
  return reshape(padded, [blocks, BLOCK]);
}

/** The way back, to the shape of a variable. */
function outOfBlocks(value: GraphValue, { shape }: { shape: readonly number[] }): GraphValue {
  const { dtype } = typeOf(value);
  const [padded, size] = [sizeOfType(typeOf(value)), sizeOfType({ dtype, shape })];
  if (padded === size) return reshape(value, shape);
  const cut = make('Slice', [reshape(value, [padded]), integers([0]), integers([size])], {
    T: { type: dtype },
    Index: { type: DType.int32 },
  });
  return reshape(cut, shape);
}
