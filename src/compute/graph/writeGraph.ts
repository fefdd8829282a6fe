import { SweetspotError } from '../../core/errors.ts';
import type { Endpoint, GraphLayout } from './graphLayout.ts';
import { type GraphNode, type GraphValue, typeOf } from './graphNode.ts';
import type { GraphProgram, Signature } from './graphProgram.ts';
import { type FunctionMessage, type NamedNode, savedModelMessage } from './savedModelMessage.ts';
import { DType, sizeOfType, type TensorType } from './tensorType.ts';
import { nodesInOrder } from './visit.ts';
import { writeFunction } from './writeFunction.ts';

/** Above this a constant is hardly one: random numbers are made in JavaScript, and would be the same in every call. */
const MOST_CONSTANT_ELEMENTS = 2 ** 16;

/**
 * A program as the bytes of `saved_model.pb`, with what is needed to call it.
 * @throws UnsupportedOp for an operation that a function for XLA cannot have
 */
export function writeGraph(program: GraphProgram): { bytes: Uint8Array; layout: GraphLayout } {
  const names = new Map<GraphNode, string>();
  const nodes: NamedNode[] = [];
  const functions: FunctionMessage[] = [];
  program.variables.forEach(({ handle, dtype, shape }, i) => {
    const variable = `variable${i}`;
    const type = { dtype: { type: dtype } };
    names.set(handle.node, variable);
    nodes.push(
      { name: variable, op: 'VarHandleOp', inputs: [], attributes: handle.node.attributes },
      { name: `set${i}`, op: 'Placeholder', inputs: [], attributes: { ...type, shape: { shape } } },
      { name: `set${i}_write`, op: 'AssignVariableOp', inputs: [variable, `set${i}`], attributes: type },
      doneNode(`set${i}_done`, `set${i}_write`),
      ...getterNodes(i, variable, { dtype, shape }),
    );
  });
  const signatures: Record<string, { inputs: Endpoint[]; outputs: Endpoint[] }> = {};
  for (const [name, signature] of program.signatures) {
    signatures[name] = writeSignature(name, signature, names, nodes, functions);
  }
  const variables = program.variables.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
  return { bytes: savedModelMessage(nodes, functions), layout: { variables, signatures } };
}

function writeSignature(
  name: string,
  signature: Signature,
  names: Map<GraphNode, string>,
  nodes: NamedNode[],
  functions: FunctionMessage[],
): { inputs: Endpoint[]; outputs: Endpoint[] } {
  const { inputs, outputs, updates } = signature;
  const endpoint = (what: string, tensor: string, value: GraphValue): Endpoint => ({
    name: what,
    tensor: `${tensor}:0`,
    ...typeOf(value),
  });
  const feeds: Endpoint[] = [];
  for (const [input, value] of inputs) {
    // Calls that compute the same of the same inputs share these, and all that follows from them.
    const placeholder = names.get(value.node) ?? `${name}/in_${input}`;
    const { op, attributes } = value.node;
    if (!names.has(value.node)) nodes.push({ name: placeholder, op, inputs: [], attributes });
    names.set(value.node, placeholder);
    feeds.push(endpoint(input, placeholder, value));
  }
  const fetch = (output: string, value: GraphValue, from: readonly string[]): Endpoint => {
    const own = `${name}/out_${output}`;
    nodes.push({ name: own, op: 'Identity', inputs: from, attributes: { T: { type: typeOf(value).dtype } } });
    return endpoint(output, own, value);
  };
  if (signature.byXla) {
    const { definition, call } = writeFunction(name, signature, names);
    functions.push(definition);
    nodes.push(call);
    const results = [...outputs].map(([output, value], i) => fetch(output, value, [`${call.name}:${i}`]));
    return { inputs: feeds, outputs: results };
  }
  for (const node of nodesInOrder([...updates, ...[...outputs.values()].map(({ node }) => node)])) {
    if (names.has(node)) continue;
    expectSmallConstant(node);
    const own = `${name}/n${nodes.length}`;
    names.set(node, own);
    nodes.push({ name: own, op: node.op, inputs: inputNames(node, names), attributes: node.attributes });
  }
  // The binding can ask for tensors only, so the updates hang on every output.
  const done = `${name}/done`;
  nodes.push({ name: done, op: 'NoOp', inputs: updates.map(node => `^${names.get(node)}`), attributes: {} });
  const results = [...outputs].map(([output, value]) =>
    fetch(output, value, [tensorName(value, names), `^${done}`]),
  );
  return { inputs: feeds, outputs: results };
}

/** @throws E_INTERNAL for a constant so large that it can only be data */
function expectSmallConstant(node: GraphNode): void {
  const type = node.outputs[0];
  if (node.op !== 'Const' || !type || sizeOfType(type) <= MOST_CONSTANT_ELEMENTS) return;
  throw new SweetspotError('E_INTERNAL', 'values would be frozen into the graph', {
    got: `a constant of shape [${type.shape}]`,
    hint: 'What differs from call to call has to be an input.',
  });
}

const inputNames = (node: GraphNode, names: ReadonlyMap<GraphNode, string>): string[] => [
  ...node.inputs.map(input => tensorName(input, names)),
  ...node.after.map(before => `^${names.get(before)}`),
];

const tensorName = ({ node, output }: GraphValue, names: ReadonlyMap<GraphNode, string>): string =>
  output === 0 ? `${names.get(node)}` : `${names.get(node)}:${output}`;

/** What reads a variable. The binding hands out no bytes, so they come as whole numbers of four. */
function getterNodes(index: number, variable: string, { dtype, shape }: TensorType): NamedNode[] {
  const name = `get${index}`;
  const type = { dtype: { type: dtype } };
  if (dtype !== DType.uint8) return [{ name, op: 'ReadVariableOp', inputs: [variable], attributes: type }];
  const fours = [sizeOfType({ dtype, shape }) / 4, 4];
  const data = Int32Array.from(fours);
  const [bytes, words] = [{ type: dtype }, { type: DType.int32 }];
  return [
    { name: `${name}_read`, op: 'ReadVariableOp', inputs: [variable], attributes: type },
    {
      name: `${name}_shape`,
      op: 'Const',
      inputs: [],
      attributes: { dtype: words, value: { tensor: { dtype: DType.int32, shape: [2], data } } },
    },
    {
      name: `${name}_fours`,
      op: 'Reshape',
      inputs: [`${name}_read`, `${name}_shape`],
      attributes: { T: bytes, Tshape: words },
    },
    { name, op: 'Bitcast', inputs: [`${name}_fours`], attributes: { T: bytes, type: words } },
  ];
}

/** Something to fetch when a node has run. */
const doneNode = (name: string, after: string): NamedNode => ({
  name,
  op: 'Const',
  inputs: [`^${after}`],
  attributes: {
    dtype: { type: DType.int32 },
    value: { tensor: { dtype: DType.int32, shape: [], data: new Int32Array(1) } },
  },
});
