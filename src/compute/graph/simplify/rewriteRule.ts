import { type Attributes, type GraphNode, type GraphValue, outputOf, typeOf } from '../graphNode.ts';
import { inferTypes } from '../shapes/inferTypes.ts';
import { DType } from '../tensorType.ts';

/** What takes the place of a node's outputs, or null where a rule has nothing to say. */
export type RewriteRule = (node: GraphNode) => GraphValue[] | null;

/** A new operation; its type follows from the shape rules. */
export function make(op: string, inputs: readonly GraphValue[], attributes: Attributes = {}): GraphValue {
  return outputOf({ op, attributes, inputs, after: [], outputs: inferTypes({ op, attributes, inputs }) });
}

export const FLOAT = { T: { type: DType.float32 } } as const;

export const isFloat = (node: GraphNode): boolean => node.outputs[0]?.dtype === DType.float32;

export const hasShape = (value: GraphValue, shape: readonly number[] | undefined): boolean => {
  const own = typeOf(value).shape;
  return shape !== undefined && own.length === shape.length && own.every((size, i) => size === shape[i]);
};

export const shapeOf = (node: GraphNode): readonly number[] => node.outputs[0]?.shape ?? [];

export const input = (node: GraphNode, index: number): GraphValue => node.inputs[index] as GraphValue;
