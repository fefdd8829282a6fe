import { type GraphNode, type GraphValue, integers, scalar, typeOf, uniformValue } from '../graphNode.ts';
import { DType } from '../tensorType.ts';
import { FLOAT, hasShape, input, isFloat, make, type RewriteRule, shapeOf } from './rewriteRule.ts';

/** For each operation the operand that changes nothing, and the sides on which it does so. */
const NEUTRAL: Record<string, { value: number; sides: readonly number[] }> = {
  Mul: { value: 1, sides: [0, 1] },
  RealDiv: { value: 1, sides: [1] },
  Div: { value: 1, sides: [1] },
  Add: { value: 0, sides: [0, 1] },
  AddV2: { value: 0, sides: [0, 1] },
  Sub: { value: 0, sides: [1] },
};

const broadcast = (value: GraphValue, shape: readonly number[]): GraphValue =>
  make('BroadcastTo', [value, integers(shape)], { ...FLOAT, Tidx: { type: DType.int32 } });

/** x * 1, x / 1, x + 0, x - 0: x, or x spread over the larger operand's shape. */
export const neutralOperand: RewriteRule = node => {
  const neutral = NEUTRAL[node.op];
  if (!neutral || !isFloat(node)) return null;
  for (const side of neutral.sides) {
    if (uniformValue(input(node, side)) !== neutral.value) continue;
    const other = input(node, 1 - side);
    return [hasShape(other, shapeOf(node)) ? other : broadcast(other, shapeOf(node))];
  }
  return null;
};

const BROADCASTING = new Set([
  'Mul',
  'Add',
  'AddV2',
  'Sub',
  'RealDiv',
  'Div',
  'Maximum',
  'Minimum',
  'SquaredDifference',
]);

const withInput = (node: GraphNode, side: number, value: GraphValue): GraphValue[] => {
  const inputs = node.inputs.map((before, i) => (i === side ? value : before));
  return [make(node.op, inputs, node.attributes)];
};

/** A large constant of equal elements next to an operand of the full shape: a scalar does. */
export const uniformOperand: RewriteRule = node => {
  if (!BROADCASTING.has(node.op) || !isFloat(node)) return null;
  for (const side of [0, 1]) {
    const value = uniformValue(input(node, side));
    if (value === null || typeOf(input(node, side)).shape.length === 0) continue;
    if (hasShape(input(node, 1 - side), shapeOf(node))) return withInput(node, side, scalar(value));
  }
  return null;
};

/** Arithmetic spreads its operands itself. */
export const broadcastOperand: RewriteRule = node => {
  if (!BROADCASTING.has(node.op)) return null;
  for (const side of [0, 1]) {
    const { node: from } = input(node, side);
    if (from.op !== 'BroadcastTo') continue;
    const source = input(from, 0);
    if (hasShape(input(node, 1 - side), shapeOf(node))) return withInput(node, side, source);
  }
  return null;
};

/** Powers that have an operation of their own, or two. */
export const knownPower: RewriteRule = node => {
  if (node.op !== 'Pow' || !isFloat(node)) return null;
  const exponent = uniformValue(input(node, 1));
  const base = input(node, 0);
  if (!hasShape(base, shapeOf(node))) return null;
  if (exponent === 2) return [make('Square', [base], FLOAT)];
  if (exponent === 1.5) return [make('Mul', [base, make('Sqrt', [base], FLOAT)], FLOAT)];
  return null;
};

export const arithmeticRules: readonly RewriteRule[] = [
  neutralOperand,
  broadcastOperand,
  uniformOperand,
  knownPower,
];
