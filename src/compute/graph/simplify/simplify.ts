import { constantData, type GraphNode, type GraphValue, outputOf, typeOf } from '../graphNode.ts';
import { nodesInOrder } from '../visit.ts';
import { arithmeticRules } from './arithmeticRules.ts';
import { movementRules } from './movementRules.ts';
import { productRules } from './productRules.ts';
import type { RewriteRule } from './rewriteRule.ts';

const MOST_COMPARED_ELEMENTS = 16;

/** All rewrites; the first that applies to a node is taken. */
export const rewriteRules: readonly RewriteRule[] = [...movementRules, ...arithmeticRules, ...productRules];

/**
 * The same values by fewer and quicker operations: tfjs' gradients multiply by large tensors of ones, cast floats to
 * floats, and know one matrix product only.
 */
export function simplify(
  roots: ReadonlyMap<string, GraphValue>,
  rules: readonly RewriteRule[] = rewriteRules,
): Map<string, GraphValue> {
  const replaced = new Map<GraphNode, readonly GraphValue[]>();
  const current = ({ node, output }: GraphValue): GraphValue =>
    replaced.get(node)?.[output] ?? outputOf(node, output);
  const constants = new Map<string, GraphNode>();
  /** Nodes of the new graph; what a rule gives beside these is its own. */
  const settled = new Set<GraphNode>();
  for (const node of nodesInOrder(Array.from(roots.values(), value => value.node))) {
    const inputs = node.inputs.map(current);
    const after = node.after.map(before => current(outputOf(before, 0)).node);
    const changed = inputs.some(({ node: from, output }, i) => {
      const before = node.inputs[i];
      return from !== before?.node || output !== before.output;
    });
    const until = node.until?.map(before => current(outputOf(before, 0)).node) ?? [];
    const moved = [...after, ...until].some(
      (before, i) => before !== [...node.after, ...(node.until ?? [])][i],
    );
    const now = changed || moved ? { ...node, inputs, after, until } : sameConstant(node, constants);
    const values = rewrite(now, rules)?.map(value =>
      settled.has(value.node) ? value : outputOf({ ...value.node, until }, value.output),
    );
    const result = values ?? now.outputs.map((_, output) => outputOf(now, output));
    for (const value of result) settled.add(value.node);
    replaced.set(node, result);
  }
  return new Map(Array.from(roots, ([name, value]) => [name, current(value)]));
}

function rewrite(node: GraphNode, rules: readonly RewriteRule[]): GraphValue[] | null {
  for (const rule of rules) {
    const values = rule(node);
    if (values) return values;
  }
  return null;
}

/** The first constant that is equal: a graph has thousands of small ones. */
function sameConstant(node: GraphNode, known: Map<string, GraphNode>): GraphNode {
  const data = constantData(outputOf(node));
  if (!data || data.length > MOST_COMPARED_ELEMENTS) return node;
  const { dtype, shape } = typeOf(outputOf(node));
  const key = `${dtype} ${shape} ${Array.from(data, value => (Object.is(value, -0) ? '-0' : value))}`;
  const before = known.get(key);
  if (before) return before;
  known.set(key, node);
  return node;
}
