import type { AdamWOptions } from '../optimizer/adamw.ts';
import { BLOCK } from '../optimizer/dynamicCode.ts';
import { blocksOf, takesEightBits } from '../optimizer/moments.ts';
import { adam8bitNodes } from './adam8bitNodes.ts';
import { adamNodes } from './adamNodes.ts';
import { constant, type GraphNode, type GraphValue, integers, operation, scalar } from './graphNode.ts';
import { assign, type GraphVariable, graphVariable, readVariable, type Signature } from './graphProgram.ts';
import { FLOAT, make } from './simplify/rewriteRule.ts';
import { DType, sizeOfType, type TensorType } from './tensorType.ts';

/** What the loss and the gradients of one shape of batch are, as values in a graph. */
export interface RecordedGradients {
  inputs: ReadonlyMap<string, GraphValue>;
  loss: GraphValue;
  /** In the order of the trained weights. */
  gradients: readonly GraphValue[];
}

/** The variables of one moment. */
export interface MomentVariables {
  /** As the weight, or codes [blocks, 256]; behind the last value that of zero. */
  values: GraphVariable;
  /** Of the blocks of codes; null where there are none. */
  absmax: GraphVariable | null;
}

/** The variables that a training adds to its weights; one of each a trained weight. */
export interface TrainingState {
  m: readonly MomentVariables[];
  v: readonly MomentVariables[];
  sums: readonly GraphVariable[];
}

export function trainingState(
  trained: readonly GraphVariable[],
  { eightBits = false }: AdamWOptions,
): TrainingState {
  const moments = (kind: string) =>
    trained.map(({ name, ...type }): MomentVariables => {
      const size = sizeOfType(type);
      if (!eightBits || !takesEightBits(size))
        return { values: graphVariable(`${kind}/${name}`, type), absmax: null };
      return {
        values: graphVariable(`${kind}/${name}`, { dtype: DType.uint8, shape: [blocksOf(size), BLOCK] }),
        absmax: graphVariable(`${kind}.absmax/${name}`, { dtype: DType.float32, shape: [blocksOf(size)] }),
      };
    });
  const sums = trained.map(({ name, ...type }) => graphVariable(`gradient/${name}`, type));
  return { m: moments('m'), v: moments('v'), sums };
}

/** All variables of a state in their order in the graph: moments, sums, then the scales that there are. */
export function stateVariables({ m, v, sums }: TrainingState): GraphVariable[] {
  const moments = [...m, ...v];
  const scales = moments.flatMap(({ absmax }) => absmax ?? []);
  return [...moments.map(({ values }) => values), ...sums, ...scales];
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
  const betas = { beta1, beta2 };
  const done: GraphNode[][] = [];
  groups.forEach((indices, group) => {
    const decay = weightDecay === 0 ? null : input(`decay${group}`);
    const factors = { decay, stepSize: input(`stepSize${group}`), epsilon };
    for (const i of indices) {
      const [weight, sum] = [trained[i], sums[i]] as [GraphVariable, GraphVariable];
      const [first, second] = [m[i], v[i]] as [MomentVariables, MomentVariables];
      const inBytes = first.absmax !== null;
      // TensorFlow begins everything that it can begin: all of these at once would be in memory at once.
      const after = done.at(inBytes ? -1 : -AT_ONCE) ?? [];
      const gradient = make('Mul', [readVariable(sum, after), scale], FLOAT);
      done.push(
        inBytes
          ? adam8bitNodes(weight, quantized(first, second), gradient, factors, betas, after)
          : adamNodes(weight, { m: first.values, v: second.values }, gradient, factors, betas, after),
      );
    }
  });
  return { inputs, outputs: new Map([['done', scalar(0)]]), updates: done.flat() };
}

/** Weights that are updated at the same time. */
const AT_ONCE = 4;

/** A moving average comes nearer to the weights: `average -= rest * (average - weight)`, each operation in float32. */
export function averageSignature(
  trained: readonly GraphVariable[],
  average: readonly GraphVariable[],
): Signature {
  const rest = placeholder();
  const updates: GraphNode[] = [];
  trained.forEach((weight, i) => {
    const before = updates.at(-AT_ONCE);
    const after = before ? [before] : [];
    const variable = average[i] as GraphVariable;
    const away = make('Sub', [readVariable(variable, after), readVariable(weight, after)], FLOAT);
    updates.push(assign(variable, make('Mul', [away, rest], FLOAT), { op: 'AssignSubVariableOp' }));
  });
  return { inputs: new Map([['rest', rest]]), outputs: new Map([['done', scalar(0)]]), updates };
}

function quantized(first: MomentVariables, second: MomentVariables) {
  const variables = ({ values, absmax }: MomentVariables) => ({
    codes: values,
    absmax: absmax as GraphVariable,
  });
  return { m: variables(first), v: variables(second) };
}

/** Sets a state to zero; without scales all codes are. */
export function resetSignature(state: TrainingState): Signature {
  const variables = stateVariables(state);
  const updates = variables.map(variable => {
    const { dtype, shape } = variable;
    const zero = dtype === DType.uint8 ? constant(Uint8Array.of(0), [], dtype) : scalar(0);
    const attributes = { T: { type: dtype }, Tidx: { type: DType.int32 } };
    return assign(variable, make('BroadcastTo', [zero, integers(shape)], attributes));
  });
  return { inputs: new Map(), outputs: new Map([['done', scalar(0)]]), updates };
}
