import type { AttributeValue } from './graphNode.ts';
import {
  bytesField,
  concatBytes,
  type Field,
  floatField,
  integerField,
  mapField,
  messageField,
  varint,
} from './protobuf.ts';
import type { TensorType } from './tensorType.ts';

/** A node with the names that it and its inputs have in the file: `name`, `name:1`, `^name`. */
export interface NamedNode {
  name: string;
  op: string;
  inputs: readonly string[];
  attributes: Readonly<Record<string, AttributeValue>>;
}

/** A function of the graph, in which inputs are named `argument`, `node:output:0`, `^node`. */
export interface FunctionMessage {
  name: string;
  inputs: readonly { name: string; dtype: number }[];
  outputs: readonly { name: string; dtype: number }[];
  nodes: readonly NamedNode[];
  /** What each output is. */
  results: readonly (readonly [string, string])[];
  /** Nodes that run whether an output needs them or not. */
  mustRun: readonly string[];
  attributes: NamedNode['attributes'];
}

/** GraphDef's producer version when TensorFlow 2.21's ops were as they are used here; older loaders refuse newer ones. */
const PRODUCER = 1882;
/** The only tag that tfjs' binding is asked for. */
export const SERVING_TAG = 'serve';

/** A SavedModel (saved_model.proto) without checkpointed variables and without signatures: tfjs' binding names tensors. */
export function savedModelMessage(
  nodes: readonly NamedNode[],
  functions: readonly FunctionMessage[] = [],
): Uint8Array {
  const versions = messageField(4, [integerField(1, PRODUCER), integerField(2, 0)]);
  const library = functions.map(one => messageField(1, functionFields(one)));
  const graph = [...nodes.map(node => bytesField(1, nodeMessage(node))), messageField(2, library), versions];
  const meta = [messageField(1, [bytesField(4, SERVING_TAG)]), messageField(2, graph)];
  return concatBytes([integerField(1, 1), messageField(2, meta)]);
}

function nodeMessage({ name, op, inputs, attributes }: NamedNode): Uint8Array {
  return concatBytes([
    bytesField(1, name),
    bytesField(2, op),
    ...inputs.map(input => bytesField(3, input)),
    ...attributeFields(5, attributes),
  ]);
}

/** FunctionDef, whose signature is an OpDef. */
function functionFields(one: FunctionMessage): Field[] {
  const argument = (field: number, { name, dtype }: { name: string; dtype: number }): Field =>
    messageField(field, [bytesField(1, name), integerField(3, dtype)]);
  const signature = messageField(1, [
    bytesField(1, one.name),
    ...one.inputs.map(input => argument(2, input)),
    ...one.outputs.map(output => argument(3, output)),
    integerField(17, true),
    ...one.mustRun.map(node => bytesField(20, node)),
  ]);
  return [
    signature,
    ...one.nodes.map(node => bytesField(3, nodeMessage(node))),
    ...mapField(4, one.results, bytesField),
    ...attributeFields(5, one.attributes),
    ...mapField(
      6,
      one.mustRun.map(node => [node, node] as const),
      bytesField,
    ),
  ];
}

const attributeFields = (field: number, attributes: NamedNode['attributes']): Field[] =>
  mapField(field, Object.entries(attributes), (number, value) =>
    messageField(number, [attributeField(value)]),
  );

/** One member of AttrValue's oneof. */
function attributeField(value: AttributeValue): Field {
  if ('type' in value) return integerField(6, value.type);
  if ('types' in value) return messageField(1, [packed(6, value.types)]);
  if ('function' in value) return messageField(10, [bytesField(1, value.function)]);
  if ('int' in value) return integerField(3, value.int);
  if ('float' in value) return floatField(4, value.float);
  if ('bool' in value) return integerField(5, value.bool);
  if ('text' in value) return bytesField(2, value.text);
  if ('shape' in value) return messageField(7, shapeFields(value.shape));
  if ('tensor' in value) return messageField(8, tensorFields(value.tensor));
  return messageField(1, [packed(3, value.ints)]);
}

const packed = (field: number, values: readonly number[]): Field =>
  bytesField(field, Uint8Array.from(values.flatMap(varint)));

const shapeFields = (shape: readonly number[]): Field[] =>
  shape.map(size => messageField(2, [integerField(1, size)]));

function tensorFields({ dtype, shape, data }: TensorType & { data: ArrayBufferView }): Field[] {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [integerField(1, dtype), messageField(2, shapeFields(shape)), bytesField(4, bytes)];
}
