import type { AdamWOptions } from '../optimizer/adamw.ts';
import { adamNodes } from './adamNodes.ts';
import { type GraphNode, type GraphValue, integers, operation, scalar } from './graphNode.ts';
import { assign, type GraphVariable, graphVariable, readVariable, type Signature } from './graphProgram.ts';
import { FLOAT, make } from './simplify/rewriteRule.ts';
import { DType, type TensorType } from './tensorType.ts';

/** What the loss and the gradients of one shape of batch are, as values in a graph. */
export interface RecordedGradients {
  inputs: ReadonlyMap<string, GraphValue>;
  loss: GraphValue;
  /** In the order of the trained weights. */
  gradients: readonly GraphValue[];
}

/** The variables that a training adds to its weights; one of each a trained weight. */
export interface TrainingState {
  m: readonly GraphVariable[];
  v: readonly GraphVariable[];
  sums: readonly GraphVariable[];
}

export function trainingState(trained: readonly GraphVariable[]): TrainingState {
  const beside = (kind: string) => trained.map(({ name, ...type }) => graphVariable(`${kind}/${name}`, type));
  return { m: beside('m'), v: beside('v'), sums: beside('gradient') };
}

/**
 * Loss and gradients of a batch; the gradients stay in the graph, in the place of what was there or added to it. Hands
 * out the loss and the sum of all squares of the gradients that are there now.
 */
export function accumulateSignature(
  { inputs, loss, gradients }: RecordedGradients,
  { sums }: TrainingState,
  add: boolean,
): Signature {
  const op = add ? 'AssignAddVariableOp' : 'AssignVariableOp';
  const updates = sums.map((sum, i) => assign(sum, gradients[i] as GraphValue, { op }));
  const squares = sums.map((sum, i) => {
    const value = add ? readVariable(sum, [updates[i] as GraphNode]) : (gradients[i] as GraphValue);
    return make('L2Loss', [value], FLOAT);
  });
  const halfSum = make('AddN', squares, { ...FLOAT, N: { int: squares.length } });
  const outputs = new Map([
    ['loss', loss],
    ['squares', make('Mul', [halfSum, scalar(2)], FLOAT)],
  ]);
  return { inputs, outputs, updates };
}

const SCALAR: TensorType = { dtype: DType.float32, shape: [] };

const placeholder = (): GraphValue =>
  operation('Placeholder', SCALAR, [], { dtype: { type: SCALAR.dtype }, shape: { shape: [] } });

/**
 * One update of all weights with the gradients that are in the graph times `scale`; for each group of weights its
 * `decay<g>` and `stepSize<g>`, for all `epsilon`.
 *
 * @param groups indices of the trained weights of each group
 */
export function updateSignature(
  trained: readonly GraphVariable[],
  { m, v, sums }: TrainingState,
  groups: readonly (readonly number[])[],
  { beta1, beta2, weightDecay }: AdamWOptions,
): Signature {
  const inputs = new Map<string, GraphValue>();
  const input = (name: string): GraphValue => {
    const value = placeholder();
    inputs.set(name, value);
    return value;
  };
  const scale = input('scale');
  const epsilon = input('epsilon');
  const updates = groups.flatMap((indices, group) => {
    const decay = weightDecay === 0 ? null : input(`decay${group}`);
    const factors = { decay, stepSize: input(`stepSize${group}`), epsilon };
    return indices.flatMap(i => {
      const [weight, first, second, sum] = [trained[i], m[i], v[i], sums[i]] as GraphVariable[];
      const gradient = make('Mul', [readVariable(sum as GraphVariable), scale], FLOAT);
      const moments = { m: first as GraphVariable, v: second as GraphVariable };
      return adamNodes(weight as GraphVariable, moments, gradient, factors, { beta1, beta2 });
    });
  });
  return { inputs, outputs: new Map([['done', scalar(0)]]), updates };
}

/** Sets both moments to zero. */
export function resetSignature({ m, v }: TrainingState): Signature {
  const updates = [...m, ...v].map(variable => {
    const zeros = make('BroadcastTo', [scalar(0), integers(variable.shape)], {
      ...FLOAT,
      Tidx: { type: DType.int32 },
    });
    return assign(variable, zeros);
  });
  return { inputs: new Map(), outputs: new Map([['done', scalar(0)]]), updates };
}
