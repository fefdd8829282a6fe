import type { GraphNode, GraphValue } from './graphNode.ts';
import { typeOf } from './graphNode.ts';
import type { Signature } from './graphProgram.ts';
import { outputName } from './outputNames.ts';
import type { FunctionMessage, NamedNode } from './savedModelMessage.ts';
import { nodesInOrder } from './visit.ts';

/** A call of a function, beside the function itself. */
export interface WrittenFunction {
  definition: FunctionMessage;
  call: NamedNode;
}

/**
 * A signature as a function that XLA has to compile, and the node that calls it: arguments are the signature's inputs and the
 * variables that it uses, results its outputs.
 *
 * @param name of the signature
 * @param outside what inputs and variables are called in the graph
 * @throws UnsupportedOp for an operation that functions cannot have
 */
export function writeFunction(
  name: string,
  { inputs, outputs, updates }: Signature,
  outside: ReadonlyMap<GraphNode, string>,
): WrittenFunction {
  const results = [...outputs.values()];
  const nodes = nodesInOrder([...updates, ...results.map(({ node }) => node)]);
  const feeds = [...inputs.values()].map(({ node }) => node);
  const variables = nodes.filter(({ op }) => op === 'VarHandleOp');
  const given = [...feeds, ...variables];
  const known = new Set(given);
  const names = new Map(given.map((node, i) => [node, `argument${i}`]));
  const body = nodes.filter(node => !known.has(node));
  body.forEach((node, i) => {
    names.set(node, `n${i}`);
  });
  const reference = ({ node, output }: GraphValue): string =>
    known.has(node) ? `${names.get(node)}` : `${names.get(node)}:${outputName(node.op)}:${output}`;
  const typeNumber = (node: GraphNode): number => node.outputs[0]?.dtype ?? 0;
  const called = `xla_${name}`;
  return {
    definition: {
      name: called,
      inputs: given.map((node, i) => ({ name: `argument${i}`, dtype: typeNumber(node) })),
      outputs: results.map((value, i) => ({ name: `result${i}`, dtype: typeOf(value).dtype })),
      nodes: body.map(node => ({
        name: `${names.get(node)}`,
        op: node.op,
        inputs: [...node.inputs.map(reference), ...node.after.map(before => `^${names.get(before)}`)],
        attributes: node.attributes,
      })),
      results: results.map((value, i) => [`result${i}`, reference(value)] as const),
      // Without these, what a function does beside its results might not be done.
      mustRun: updates.map(node => `${names.get(node)}`),
      attributes: { _XlaMustCompile: { bool: true } },
    },
    call: {
      name: `${name}/call`,
      op: 'StatefulPartitionedCall',
      inputs: given.map(node => `${outside.get(node)}`),
      attributes: {
        Tin: { types: given.map(typeNumber) },
        Tout: { types: results.map(value => typeOf(value).dtype) },
        f: { function: called },
        _XlaMustCompile: { bool: true },
      },
    },
  };
}
