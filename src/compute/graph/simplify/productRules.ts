import { integers, typeOf, uniformValue } from '../graphNode.ts';
import { flag } from '../shapes/shapeRule.ts';
import { DType } from '../tensorType.ts';
import { FLOAT, hasShape, input, isFloat, make, type RewriteRule, shapeOf } from './rewriteRule.ts';

const reshape = (value: ReturnType<typeof make>, shape: readonly number[]) =>
  make('Reshape', [value, integers(shape)], { ...FLOAT, Tshape: { type: DType.int32 } });

const NHWC = { ...FLOAT, data_format: { text: 'NHWC' } } as const;

/** ones [B, 1, R] · x [B, R, C] is a sum over the rows. */
export const productWithOnes: RewriteRule = node => {
  if (node.op !== 'BatchMatMulV2' || flag(node, 'adj_x') || flag(node, 'adj_y')) return null;
  const [ones, x] = [input(node, 0), input(node, 1)];
  if (typeOf(ones).shape.at(-2) !== 1 || uniformValue(ones) !== 1) return null;
  const { shape } = typeOf(x);
  if (typeOf(ones).shape.length !== shape.length) return null;
  if (shape.length === 2) return [reshape(make('BiasAddGrad', [x], NHWC), shapeOf(node))];
  const attributes = { ...FLOAT, keep_dims: { bool: true }, Tidx: { type: DType.int32 } };
  return [make('Sum', [x, integers([shape.length - 2])], attributes)];
};

/** A batched product of two matrices is a plain one. */
export const plainProduct: RewriteRule = node => {
  if (node.op !== 'BatchMatMulV2' || shapeOf(node).length !== 2) return null;
  const attributes = {
    ...FLOAT,
    transpose_a: { bool: flag(node, 'adj_x') },
    transpose_b: { bool: flag(node, 'adj_y') },
  };
  return [make('MatMul', node.inputs, attributes)];
};

const TAKES_BIAS = new Set(['Conv2D', 'MatMul']);

/** A product plus one number a channel: TensorFlow does both in one operation when it is told so. */
export const biasAfterProduct: RewriteRule = node => {
  if ((node.op !== 'Add' && node.op !== 'AddV2') || !isFloat(node)) return null;
  const [x, bias] = [input(node, 0), input(node, 1)];
  if (!TAKES_BIAS.has(x.node.op) || typeOf(bias).shape.length !== 1 || !hasShape(x, shapeOf(node)))
    return null;
  if (typeOf(bias).shape[0] !== shapeOf(node).at(-1)) return null;
  return [make('BiasAdd', [x, bias], NHWC)];
};

export const productRules: readonly RewriteRule[] = [productWithOnes, plainProduct, biasAfterProduct];
