import { constantData, integers, scalar, typeOf } from '../graphNode.ts';
import { DType } from '../tensorType.ts';
import { hasShape, input, isFloat, make, type RewriteRule, shapeOf } from './rewriteRule.ts';

const INDEX = { Tshape: { type: DType.int32 } } as const;

/** A cast to the type that is there already. */
export const sameCast: RewriteRule = node =>
  node.op === 'Cast' && typeOf(input(node, 0)).dtype === node.outputs[0]?.dtype ? [input(node, 0)] : null;

/** A reshape of a reshape, or to the shape that is there already. */
export const needlessReshape: RewriteRule = node => {
  if (node.op !== 'Reshape') return null;
  const given = input(node, 0);
  const source = given.node.op === 'Reshape' ? input(given.node, 0) : given;
  if (hasShape(source, shapeOf(node))) return [source];
  if (source === given) return null;
  return [
    make('Reshape', [source, integers(shapeOf(node))], { T: { type: typeOf(source).dtype }, ...INDEX }),
  ];
};

/** A transposition that moves only axes of length one. */
export const needlessTranspose: RewriteRule = node => {
  if (node.op !== 'Transpose') return null;
  const order = constantData(input(node, 1));
  const { shape, dtype } = typeOf(input(node, 0));
  const long = Array.from(order ?? []).filter(axis => shape[axis] !== 1);
  if (!order || long.some((axis, i) => i > 0 && axis < (long[i - 1] ?? 0))) return null;
  if (hasShape(input(node, 0), shapeOf(node))) return [input(node, 0)];
  return [make('Reshape', [input(node, 0), integers(shapeOf(node))], { T: { type: dtype }, ...INDEX })];
};

/** Ones of a scalar's shape are a constant, which other rules see through. */
export const scalarOnes: RewriteRule = node =>
  node.op === 'OnesLike' && isFloat(node) && shapeOf(node).length === 0 ? [scalar(1)] : null;

export const movementRules: readonly RewriteRule[] = [
  sameCast,
  needlessReshape,
  needlessTranspose,
  scalarOnes,
];
