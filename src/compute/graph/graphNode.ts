import { DType, type TensorType } from './tensorType.ts';

export type ConstantData = Float32Array | Int32Array | Uint8Array;

/** The value of a node's attribute, as AttrValue of TensorFlow's attr_value.proto has them. */
export type AttributeValue =
  | { type: number }
  | { types: readonly number[] }
  | { function: string }
  | { int: number }
  | { ints: readonly number[] }
  | { float: number }
  | { bool: boolean }
  | { text: string }
  | { shape: readonly number[] }
  | { tensor: TensorType & { data: ConstantData } };

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** One operation of a graph. Names are given when the graph is written. */
export interface GraphNode {
  readonly op: string;
  readonly attributes: Attributes;
  readonly inputs: readonly GraphValue[];
  /** Nodes that must have run before. */
  readonly after: readonly GraphNode[];
  /** For what was recorded by a gradient: the incoming gradients, before which nobody needs it. */
  readonly until?: readonly GraphNode[];
  readonly outputs: readonly TensorType[];
}

/** One output of a node. */
export interface GraphValue {
  readonly node: GraphNode;
  readonly output: number;
}

export const typeOf = ({ node, output }: GraphValue): TensorType => node.outputs[output] as TensorType;

export const outputOf = (node: GraphNode, output = 0): GraphValue => ({ node, output });

/** A node with one output. */
export function operation(
  op: string,
  type: TensorType,
  inputs: readonly GraphValue[],
  attributes: Attributes = {},
  after: readonly GraphNode[] = [],
): GraphValue {
  return outputOf({ op, attributes, inputs, after, outputs: [type] });
}

/** A node without outputs: it is there for what it does. */
export function action(
  op: string,
  inputs: readonly GraphValue[],
  attributes: Attributes = {},
  after: readonly GraphNode[] = [],
): GraphNode {
  return { op, attributes, inputs, after, outputs: [] };
}

export function constant(data: ConstantData, shape: readonly number[], dtype = dtypeOf(data)): GraphValue {
  const type = { dtype, shape };
  return operation('Const', type, [], { dtype: { type: dtype }, value: { tensor: { ...type, data } } });
}

export const scalar = (value: number): GraphValue => constant(Float32Array.of(value), []);

export const integers = (values: readonly number[]): GraphValue =>
  constant(Int32Array.from(values), [values.length]);

/** The value of a constant, or null where it is computed. */
export function constantData({ node }: GraphValue): ConstantData | null {
  const value = node.op === 'Const' ? node.attributes.value : undefined;
  return value && 'tensor' in value ? value.tensor.data : null;
}

/** What all elements of a float32 constant are, or null. */
export function uniformValue(value: GraphValue): number | null {
  const data = constantData(value);
  if (!data || typeOf(value).dtype !== DType.float32) return null;
  const [first] = data;
  return first !== undefined && data.every(element => element === first) ? first : null;
}

function dtypeOf(data: ConstantData): number {
  if (data instanceof Float32Array) return DType.float32;
  return data instanceof Int32Array ? DType.int32 : DType.bool;
}
