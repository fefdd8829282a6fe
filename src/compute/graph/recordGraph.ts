import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../../core/errors.ts';
import type {
  NativeAttribute,
  NativeBackend,
  NativeBinding,
  NativeTensor,
} from '../tensorflow/nativeBackend.ts';
import { graphBranches } from '../tensorflow/startTensorflow.ts';
import { adoptTensor } from './adoptTensor.ts';
import {
  type AttributeValue,
  constant,
  type GraphNode,
  type GraphValue,
  operation,
  outputOf,
  typeOf,
} from './graphNode.ts';
import { inferTypes } from './shapes/inferTypes.ts';
import type { TensorType } from './tensorType.ts';
import { incomingGradients, whileTracing } from './tracing.ts';

export interface Recording {
  /** Placeholders, by the names of the inputs. */
  inputs: Map<string, GraphValue>;
  /** Results, by the names that the function gave them. */
  outputs: Map<string, GraphValue>;
}

/** Ids of tensors that exist in a recording only; tfjs-node deletes no negative id. */
let nextId = -1_000_000;

/**
 * Runs `f` on tensors that have no values, and gives what it would compute as a graph: whatever tfjs-node hands to
 * TensorFlow is written down in place of being executed, so that nothing is computed and no memory taken.
 *
 * @param inputs the types of what `f` is given
 * @param variables tensors from outside that `f` may use, each with what stands for it in the graph
 * @throws UnsupportedOp for an operation without a shape rule; E_INTERNAL where `f` reads a value, or uses another
 *   tensor from outside
 */
export function recordGraph(
  backend: NativeBackend,
  inputs: ReadonlyMap<string, TensorType>,
  variables: ReadonlyMap<tf.Tensor, GraphValue>,
  f: (inputs: Record<string, tf.Tensor>) => tf.NamedTensorMap,
): Recording {
  const values = new Map<number, GraphValue>();
  for (const [tensor, value] of variables)
    values.set(backend.getInputTensorIds([tensor])[0] as number, value);
  const placeholders = new Map<string, GraphValue>();
  const given: Record<string, tf.Tensor> = {};
  for (const [name, type] of inputs) {
    const attributes = { dtype: { type: type.dtype }, shape: { shape: type.shape } };
    const placeholder = operation('Placeholder', type, [], attributes);
    placeholders.set(name, placeholder);
    given[name] = symbolicTensor(backend, type, values, placeholder);
  }
  const real = backend.binding;
  const valueFor = (tensor: tf.Tensor): GraphValue => {
    const value = values.get(backend.getInputTensorIds([tensor])[0] as number);
    if (value) return value;
    throw fromOutside('a delayed tensor');
  };
  const delay = (tensor: tf.Tensor, until: readonly tf.Tensor[]): tf.Tensor => {
    const value = valueFor(tensor);
    const type = typeOf(value);
    const after = until.map(other => valueFor(other).node);
    const attributes = { T: { type: type.dtype } };
    return symbolicTensor(backend, type, values, operation('Identity', type, [value], attributes, after));
  };
  const nodeOf = (tensor: tf.Tensor): GraphNode | undefined =>
    values.get(backend.getInputTensorIds([tensor])[0] as number)?.node;
  backend.binding = recorder(real, values, nodeOf);
  let results: tf.NamedTensorMap | undefined;
  try {
    results = whileTracing({ delay, branches: graphBranches(backend) }, () => tf.tidy(() => f(given)));
    const outputs = Object.entries(results).map(([name, tensor]) => {
      const value = values.get(backend.getInputTensorIds([tensor])[0] as number);
      if (!value) throw fromOutside(`output ${name}`);
      return [name, value] as const;
    });
    return { inputs: placeholders, outputs: new Map(outputs) };
  } finally {
    backend.binding = real;
    tf.dispose([given, results ?? []]);
  }
}

/** A tensor with a shape and no data. */
function symbolicTensor(
  backend: NativeBackend,
  { shape, dtype }: TensorType,
  values: Map<number, GraphValue>,
  value: GraphValue,
): tf.Tensor {
  const id = nextId--;
  values.set(id, value);
  return adoptTensor(backend, { id, shape: [...shape], dtype });
}

/** The binding with those functions replaced that compute. */
function recorder(
  real: NativeBinding,
  values: Map<number, GraphValue>,
  nodeOf: (tensor: tf.Tensor) => GraphNode | undefined,
): NativeBinding {
  const executeOp: NativeBinding['executeOp'] = (op, attributes, ids): NativeTensor[] => {
    const inputs = ids.map(id => {
      const value = values.get(id);
      if (!value) throw fromOutside(op);
      return value;
    });
    const call = { op, attributes: { ...impliedTypes(op, inputs), ...translate(real, attributes) }, inputs };
    const until = incomingGradients().flatMap(tensor => nodeOf(tensor) ?? []);
    const node: GraphNode = { ...call, after: [], until, outputs: inferTypes(call) };
    return node.outputs.map(({ dtype, shape }, output) => {
      const id = nextId--;
      values.set(id, outputOf(node, output));
      return { id, dtype, shape: [...shape] };
    });
  };
  // Made for real, too: the tensor may be one of the caller's that was not handed to TensorFlow before.
  const createTensor: NativeBinding['createTensor'] = (shape, dtype, data) => {
    const id = real.createTensor(shape, dtype, data);
    if (!(data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array))
      return id;
    values.set(id, constant(data, [...shape], dtype));
    return id;
  };
  const tensorDataSync: NativeBinding['tensorDataSync'] = id => {
    if (!values.has(id)) return real.tensorDataSync(id);
    throw new SweetspotError('E_INTERNAL', 'a value is read while a graph is recorded');
  };
  return Object.create(real, {
    executeOp: { value: executeOp },
    createTensor: { value: createTensor },
    tensorDataSync: { value: tensorDataSync },
  }) as NativeBinding;
}

/** Type attributes that tfjs-node leaves to TensorFlow, and the inputs that have these types. */
const IMPLIED: Record<string, Record<string, number>> = { ExpandDims: { T: 0, Tdim: 1 } };

const impliedTypes = (op: string, inputs: readonly GraphValue[]): Record<string, AttributeValue> =>
  Object.fromEntries(
    Object.entries(IMPLIED[op] ?? {}).map(([name, index]) => [
      name,
      { type: typeOf(inputs[index] as GraphValue).dtype },
    ]),
  );

function translate(
  binding: NativeBinding,
  attributes: readonly NativeAttribute[],
): Record<string, AttributeValue> {
  return Object.fromEntries(
    attributes.map(({ name, type, value }) => [name, translateOne(binding, type, value)]),
  );
}

function translateOne(binding: NativeBinding, type: number, value: NativeAttribute['value']): AttributeValue {
  if (type === binding.TF_ATTR_TYPE) return { type: value as number };
  if (type === binding.TF_ATTR_BOOL) return { bool: value as boolean };
  if (type === binding.TF_ATTR_FLOAT) return { float: value as number };
  if (type === binding.TF_ATTR_STRING) return { text: value as string };
  if (type === binding.TF_ATTR_SHAPE) return { shape: value as number[] };
  return Array.isArray(value) ? { ints: value } : { int: value as number };
}

function fromOutside(place: string): SweetspotError {
  return new SweetspotError('E_INTERNAL', 'a tensor comes from outside the recorded function', {
    place,
    hint: 'It has to be an input or a variable.',
  });
}
