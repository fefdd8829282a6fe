import type { GraphNode } from './graphNode.ts';

/** Every node that the roots need, each behind those that it needs itself; without recursion, for graphs are deep. */
export function nodesInOrder(roots: Iterable<GraphNode>): GraphNode[] {
  const order: GraphNode[] = [];
  const seen = new Set<GraphNode>();
  const done = new Set<GraphNode>();
  const stack = [...roots].reverse();
  for (let node = stack.at(-1); node; node = stack.at(-1)) {
    if (!seen.has(node)) {
      seen.add(node);
      for (const next of [...node.after, ...node.inputs.map(input => input.node).reverse()]) {
        if (!seen.has(next)) stack.push(next);
      }
      continue;
    }
    stack.pop();
    if (done.has(node)) continue;
    done.add(node);
    order.push(node);
  }
  return order;
}
