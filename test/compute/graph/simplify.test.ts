import { expect, it } from 'vitest';
import {
  type Attributes,
  constant,
  type GraphValue,
  integers,
  scalar,
} from '../../../src/compute/graph/graphNode.ts';
import * as arithmetic from '../../../src/compute/graph/simplify/arithmeticRules.ts';
import * as movement from '../../../src/compute/graph/simplify/movementRules.ts';
import * as products from '../../../src/compute/graph/simplify/productRules.ts';
import { make } from '../../../src/compute/graph/simplify/rewriteRule.ts';
import { rewriteRules, simplify } from '../../../src/compute/graph/simplify/simplify.ts';
import { DType } from '../../../src/compute/graph/tensorType.ts';
import { nodesInOrder } from '../../../src/compute/graph/visit.ts';
import { describeNative, runValues } from './support/native.ts';

const T = { T: { type: DType.float32 } };
const INDEX = { type: DType.int32 };

const random = (...shape: number[]): GraphValue => {
  const count = shape.reduce((a, b) => a * b, 1);
  return constant(
    Float32Array.from({ length: count }, (_, i) => ((i * 0.7548) % 1) + 0.05),
    shape,
  );
};
const uniform = (value: number, ...shape: number[]): GraphValue =>
  constant(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value), shape);
const binary = (op: string, a: GraphValue, b: GraphValue): GraphValue => make(op, [a, b], T);
const reshape = (x: GraphValue, shape: number[]) =>
  make('Reshape', [x, integers(shape)], { ...T, Tshape: INDEX });
const transpose = (x: GraphValue, order: number[]) =>
  make('Transpose', [x, integers(order)], { ...T, Tperm: INDEX });
const batched = (a: GraphValue, b: GraphValue, attributes: Attributes = {}) =>
  make('BatchMatMulV2', [a, b], { ...T, ...attributes });
const spread = (x: GraphValue, shape: number[]) =>
  make('BroadcastTo', [x, integers(shape)], { ...T, Tidx: INDEX });
/** Keeps an operand from being a constant. */
const computed = (...shape: number[]): GraphValue => make('Exp', [random(...shape)], T);

const ops = (value: GraphValue): string[] => nodesInOrder([value.node]).map(({ op }) => op);

// For each rule: values that it rewrites, and the operation that must be gone.
const CASES: [name: string, before: GraphValue, gone: string][] = [
  ['sameCast', make('Cast', [computed(3)], { SrcT: T.T, DstT: T.T }), 'Cast'],
  ['needlessReshape', reshape(reshape(computed(2, 6), [3, 4]), [2, 6]), 'Reshape'],
  ['needlessTranspose', transpose(computed(2, 1, 3), [1, 0, 2]), 'Transpose'],
  ['scalarOnes', make('OnesLike', [computed()], T), 'OnesLike'],
  ['neutralOperand', binary('Mul', computed(2, 3), uniform(1, 2, 3)), 'Mul'],
  ['neutralOperand', binary('Mul', uniform(1, 2, 3), computed(2, 1)), 'Mul'],
  ['neutralOperand', binary('Sub', computed(2, 3), uniform(0, 3)), 'Sub'],
  ['neutralOperand', binary('Add', uniform(0, 3), computed(2, 3)), 'Add'],
  ['neutralOperand', binary('RealDiv', computed(2, 3), scalar(1)), 'RealDiv'],
  ['broadcastOperand', binary('Mul', computed(2, 3), spread(computed(1, 3), [2, 3])), 'BroadcastTo'],
  ['broadcastOperand', binary('Sub', spread(computed(3), [2, 3]), computed(2, 3)), 'BroadcastTo'],
  ['knownPower', binary('Pow', computed(2, 3), scalar(2)), 'Pow'],
  ['knownPower', binary('Pow', computed(2, 3), uniform(1.5, 2, 3)), 'Pow'],
  ['productWithOnes', batched(uniform(1, 2, 1, 5), computed(2, 5, 3)), 'BatchMatMulV2'],
  ['productWithOnes', batched(uniform(1, 1, 5), computed(5, 3)), 'BatchMatMulV2'],
  ['plainProduct', batched(computed(2, 3), computed(3, 4)), 'BatchMatMulV2'],
  [
    'plainProduct',
    batched(computed(3, 2), computed(4, 3), { adj_x: { bool: true }, adj_y: { bool: true } }),
    'BatchMatMulV2',
  ],
  [
    'biasAfterProduct',
    binary('Add', make('MatMul', [computed(2, 3), computed(3, 4)], T), computed(4)),
    'Add',
  ],
];

// Values that look alike and must stay as they are.
const KEPT: [what: string, value: GraphValue][] = [
  ['x - 1', binary('Sub', computed(3), uniform(1, 3))],
  ['1 / x', binary('RealDiv', uniform(1, 3), computed(3))],
  ['0 - x', binary('Sub', uniform(0, 3), computed(3))],
  ['x + y', binary('Add', computed(3), computed(3))],
  ['a cube', binary('Pow', computed(3), scalar(3))],
  ['a real transposition', transpose(computed(2, 3), [1, 0])],
  ['a product with twos', batched(uniform(2, 2, 1, 5), computed(2, 5, 3))],
  [
    'a product of a transposed one',
    batched(uniform(1, 2, 5, 1), computed(2, 5, 3), { adj_x: { bool: true } }),
  ],
];

const EXPORTED = { ...arithmetic, ...movement, ...products } as Record<string, unknown>;

describeNative('simplifications', () => {
  it('has a case for every rule', () => {
    const rules = Object.entries(EXPORTED).filter(([, rule]) => rewriteRules.includes(rule as never));
    const tested = new Set([...CASES.map(([name]) => name), 'uniformOperand']);
    expect(rules.length).toBe(rewriteRules.length);
    expect(new Set(rules.map(([name]) => name))).toEqual(tested);
  });

  it.each(CASES)('%s', (name, before, gone) => {
    const rule = EXPORTED[name] as (typeof rewriteRules)[number];
    const after = simplify(new Map([['y', before]]), [rule]).get('y') as GraphValue;
    expect(ops(before)).toContain(gone);
    expect(ops(after)).not.toContain(gone);
    expectSame(before, after);
  });

  it('uniformOperand: a large constant becomes a scalar', () => {
    const before = binary('Mul', computed(2, 3), uniform(2.5, 2, 3));
    const after = simplify(new Map([['y', before]]), [arithmetic.uniformOperand]).get('y') as GraphValue;
    expect(after.node.inputs[1]?.node.outputs[0]?.shape).toEqual([]);
    expectSame(before, after);
  });

  it.each(KEPT)('leaves %s', (_, value) => {
    const after = simplify(new Map([['y', value]])).get('y') as GraphValue;
    expect(after.node.op === value.node.op || value.node.op === 'BatchMatMulV2').toBe(true);
    expectSame(value, after);
  });

  it('keeps equal constants once', () => {
    const sum = binary('Add', binary('Mul', computed(2), scalar(3)), scalar(3));
    const after = simplify(new Map([['y', sum]])).get('y') as GraphValue;
    expect(ops(after).filter(op => op === 'Const')).toHaveLength(2);
  });
});

function expectSame(before: GraphValue, after: GraphValue): void {
  const results = runValues(
    new Map([
      ['a', before],
      ['b', after],
    ]),
  );
  expect(results.b?.shape).toEqual(results.a?.shape);
  const [wanted = [], got = []] = [results.a?.data, results.b?.data];
  const worst = Math.max(
    ...wanted.map((value, i) => Math.abs((got[i] ?? Number.NaN) - value) / (Math.abs(value) + 0.1)),
  );
  expect(worst).toBeLessThan(1e-6);
}
