import { type Attributes, type GraphNode, type GraphValue, outputOf, typeOf } from './graphNode.ts';
import { inferTypes } from './shapes/inferTypes.ts';
import { DType } from './tensorType.ts';
import { nodesInOrder } from './visit.ts';

/** Products, which are computed in 16 bits: what torch's autocast casts, and the gradients of that. */
const IN_HALF = new Set(['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter', 'MatMul', 'BatchMatMulV2']);

/** What stays in 16 bits where all that comes in is: moving, joining, and sums and products of two. */
const AS_INPUTS = new Set([
  'Reshape',
  'Transpose',
  'ConcatV2',
  'SplitV',
  'Slice',
  'Pad',
  'Identity',
  'ExpandDims',
  'Tile',
  'BroadcastTo',
  'Add',
  'AddV2',
  'Sub',
  'Mul',
  'Neg',
  'AddN',
  'BiasAdd',
]);

/**
 * A graph in float32 as mixed precision computes it (Micikevicius et al. 2018; torch's autocast): products in 16 bits, and
 * their results as long as they are only moved and added; norms, softmax, activations and the loss in float32. What
 * the reverse pass needs is kept in 16 bits: a value that was cast down for a product is needed as float32 by nobody
 * later, and one that is cast up again for a gradient is so when that gradient is computed, not before.
 *
 * @param half the number of the 16-bit type
 * @returns the same outputs, in float32
 */
export function mixedPrecision(
  roots: ReadonlyMap<string, GraphValue>,
  half: number,
): Map<string, GraphValue> {
  const replaced = new Map<GraphNode, readonly GraphValue[]>();
  const casts = new Casts(half);
  const current = ({ node, output }: GraphValue): GraphValue =>
    replaced.get(node)?.[output] ?? outputOf(node, output);
  const nodeNow = (node: GraphNode): GraphNode => current(outputOf(node, 0)).node;
  for (const node of nodesInOrder(Array.from(roots.values(), value => value.node))) {
    // Inputs of the call and variables are known by their nodes.
    if (node.inputs.length === 0) continue;
    const before = { ...node, after: node.after.map(nodeNow), until: node.until?.map(nodeNow) ?? [] };
    const now = convert({ ...before, inputs: node.inputs.map(current) }, casts);
    replaced.set(
      node,
      now.outputs.map((_, output) => outputOf(now, output)),
    );
  }
  return new Map(Array.from(roots, ([name, value]) => [name, casts.up(current(value), [])]));
}

type Reversible = GraphNode & { until: readonly GraphNode[] };

function convert(node: Reversible, casts: Casts): GraphNode {
  const { op, inputs } = node;
  if (!inputs.some(input => isFloat(input) || casts.isHalf(input))) return node;
  const computed = inputs.filter(input => !isGiven(input) && (isFloat(input) || casts.isHalf(input)));
  const follows = AS_INPUTS.has(op) && computed.length > 0 && computed.every(input => casts.isHalf(input));
  if (!IN_HALF.has(op) && !follows) {
    return {
      ...node,
      inputs: inputs.map(input => (casts.isHalf(input) ? casts.up(input, node.until) : input)),
    };
  }
  const converted = inputs.map((input, i) => {
    if (!isFloat(input)) return input;
    return casts.down(input, [...(IN_HALF.has(op) ? waitedFor(inputs, i) : []), ...node.until]);
  });
  const attributes: Attributes = { ...node.attributes, T: { type: casts.half } };
  return {
    ...node,
    attributes,
    inputs: converted,
    outputs: inferTypes({ op, attributes, inputs: converted }),
  };
}

/**
 * A product's weight in 16 bits is there from when it is needed: from when its other input is. A bias, which is small, waits
 * for nothing: oneDNN makes one operation of a product and its bias, and that one cannot wait for itself.
 */
const waitedFor = (inputs: readonly GraphValue[], weight: number): GraphNode[] =>
  inputs.filter((other, k) => k !== weight && !isGiven(other)).map(({ node }) => node);

const isFloat = (value: GraphValue): boolean => typeOf(value).dtype === DType.float32;

/** Constants and weights: they are there all the time. */
const isGiven = ({ node }: GraphValue): boolean => node.op === 'Const' || node.op === 'ReadVariableOp';

/** Casts, each made once where that does not keep memory longer. */
class Casts {
  readonly half: number;
  readonly #known = new Map<GraphNode, Map<string, GraphValue>>();

  constructor(half: number) {
    this.half = half;
  }

  isHalf(value: GraphValue): boolean {
    return typeOf(value).dtype === this.half;
  }

  down(value: GraphValue, after: readonly GraphNode[]): GraphValue {
    const { node } = value;
    if (isGiven(value)) return this.#cast(value, this.half, after);
    // Before it is reshaped: so that one cast serves all who look at it in one shape or another.
    const source = node.op === 'Reshape' ? node.inputs[0] : undefined;
    if (!source || !isFloat(source)) return this.#once(value, 'down', () => this.#cast(value, this.half, []));
    return this.#once(value, 'down', () => {
      const inputs = [this.down(source, after), ...node.inputs.slice(1)];
      const attributes: Attributes = { ...node.attributes, T: { type: this.half } };
      return outputOf({
        ...node,
        attributes,
        inputs,
        outputs: inferTypes({ op: node.op, attributes, inputs }),
      });
    });
  }

  /** @param until the gradients that come in where it is needed: it is cast for them, and not before they are there */
  up(value: GraphValue, until: readonly GraphNode[]): GraphValue {
    if (!this.isHalf(value)) return value;
    const [first] = until;
    if (!first) return this.#once(value, 'up', () => this.#cast(value, DType.float32, []));
    return this.#once({ node: first, output: 0 }, `up ${idOf(value)}`, () =>
      this.#cast(value, DType.float32, until),
    );
  }

  #once({ node, output }: GraphValue, what: string, make: () => GraphValue): GraphValue {
    const ofNode = this.#known.get(node) ?? new Map<string, GraphValue>();
    this.#known.set(node, ofNode);
    const key = `${output} ${what}`;
    const known = ofNode.get(key);
    if (known) return known;
    const made = make();
    ofNode.set(key, made);
    return made;
  }

  #cast(value: GraphValue, dtype: number, after: readonly GraphNode[]): GraphValue {
    const { dtype: from, shape } = typeOf(value);
    const attributes = { SrcT: { type: from }, DstT: { type: dtype } };
    return outputOf({ op: 'Cast', attributes, inputs: [value], after, outputs: [{ dtype, shape }] });
  }
}

const ids = new WeakMap<GraphNode, number>();
let nextId = 0;

function idOf({ node, output }: GraphValue): string {
  const id = ids.get(node) ?? nextId++;
  ids.set(node, id);
  return `${id}:${output}`;
}
