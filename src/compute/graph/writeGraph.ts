import { SweetspotError } from '../../core/errors.ts';
import type { Endpoint, GraphLayout } from './graphLayout.ts';
import { type GraphNode, type GraphValue, typeOf } from './graphNode.ts';
import type { GraphProgram, Signature } from './graphProgram.ts';
import { type NamedNode, savedModelMessage } from './savedModelMessage.ts';
import { DType, sizeOfType, type TensorType } from './tensorType.ts';
import { nodesInOrder } from './visit.ts';

/** Above this a constant is hardly one: random numbers are made in JavaScript, and would be the same in every call. */
const MOST_CONSTANT_ELEMENTS = 2 ** 16;

/** A program as the bytes of `saved_model.pb`, with what is needed to call it. */
export function writeGraph(program: GraphProgram): { bytes: Uint8Array; layout: GraphLayout } {
  const names = new Map<GraphNode, string>();
  const nodes: NamedNode[] = [];
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
    signatures[name] = writeSignature(name, signature, names, nodes);
  }
  const variables = program.variables.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
  return { bytes: savedModelMessage(nodes), layout: { variables, signatures } };
}

function writeSignature(
  name: string,
  { inputs, outputs, updates }: Signature,
  names: Map<GraphNode, string>,
  nodes: NamedNode[],
): { inputs: Endpoint[]; outputs: Endpoint[] } {
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
  const fetches = [...outputs].map(([output, value]) => {
    const own = `${name}/out_${output}`;
    const inputs = [tensorName(value, names), `^${done}`];
    nodes.push({ name: own, op: 'Identity', inputs, attributes: { T: { type: typeOf(value).dtype } } });
    return endpoint(output, own, value);
  });
  return { inputs: feeds, outputs: fetches };
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
