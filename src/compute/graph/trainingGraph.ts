import * as tf from '@tensorflow/tfjs-core';
import { valueAndGrads } from '../gradients.ts';
import type { AdamWOptions } from '../optimizer/adamw.ts';
import { takesEightBits } from '../optimizer/moments.ts';
import type { NativeBackend } from '../tensorflow/nativeBackend.ts';
import { type GraphFolder, graphFolder } from './graphFolder.ts';
import { graphIdentity } from './graphIdentity.ts';
import type { GraphValue } from './graphNode.ts';
import {
  type GraphProgram,
  type GraphVariable,
  graphVariable,
  readVariable,
  type Signature,
} from './graphProgram.ts';
import type { NamedWeight } from './graphWeight.ts';
import { describeTypes, type InputTypes } from './inputTypes.ts';
import { mixedPrecision } from './mixedPrecision.ts';
import { recordGraph } from './recordGraph.ts';
import { simplify } from './simplify/simplify.ts';
import { DType } from './tensorType.ts';
import {
  accumulateSignature,
  averageSignature,
  type RecordedGradients,
  resetSignature,
  stateVariables,
  trainingState,
  updateSignature,
} from './trainingProgram.ts';

export interface TrainingGraphSetup {
  backend: NativeBackend;
  /** Made of the inputs, trained and frozen weights, and nothing else. */
  loss(inputs: Record<string, tf.Tensor>): tf.Scalar;
  /** Trained weights, each group at a rate of its own. */
  groups: readonly (readonly NamedWeight[])[];
  /** Other weights that the loss uses. */
  frozen: readonly NamedWeight[];
  optimizer: AdamWOptions;
  /** See valueAndGrads. */
  checkpointing: boolean;
  /** Of products and of what is kept for the reverse pass; weights, gradients and moments are float32 always. */
  precision: Precision;
  /** How many moving averages of the trained weights are kept. */
  averages?: number;
  /** Everything that decides what `loss` computes beside the types of its inputs and the code; any JSON value. */
  identity: unknown;
}

/** float32, or 16 bits where that is enough; see mixedPrecision. */
export type Precision = 'float32' | 'bfloat16' | 'float16';

/** What the loss is multiplied by, so that small gradients are numbers in float16. */
export const LOSS_SCALE = 'lossScale';

/** Name of the call that takes the weights into a moving average. */
export const averageCall = (which: number) => `average${which}`;

/** Names of the calls for the batch shape with this number. */
export const batchCalls = (shape: number) => ({ first: `first${shape}`, add: `add${shape}` });

/** Where a moment of one trained weight is among the variables; see MomentVariables. */
export interface MomentIndices {
  values: number;
  absmax: number | null;
}

/** Which variables of a training's graph are what, for trained weights of these sizes and so many frozen ones. */
export function variableRanges(
  sizes: readonly number[],
  frozen: number,
  { eightBits = false }: AdamWOptions,
) {
  const count = sizes.length;
  const from = count + frozen;
  let scales = from + 3 * count;
  const moments = (start: number): MomentIndices[] =>
    sizes.map((size, i) => ({
      values: start + i,
      absmax: eightBits && takesEightBits(size) ? scales++ : null,
    }));
  return {
    m: moments(from),
    v: moments(from + count),
    sums: sizes.map((_, i) => from + 2 * count + i),
    /** Those of a moving average; they are the last. */
    average: (which: number) => sizes.map((_, i) => scales + which * count + i),
  };
}

/**
 * The graph of a training for batches of these shapes: from the cache, or recorded.
 * @throws UnsupportedOp, E_INTERNAL when the loss cannot be recorded
 */
export function trainingGraph(
  setup: TrainingGraphSetup,
  shapes: readonly InputTypes[],
  xla: boolean,
): GraphFolder {
  const content = { ...kindOfTraining(setup), inputs: shapes.map(describeTypes) };
  return graphFolder(graphIdentity(setup.backend, content, xla), () => trainingProgram(setup, shapes, xla));
}

/** All that decides a training's graph beside the shapes of its batches; a JSON value. */
export function kindOfTraining(setup: TrainingGraphSetup) {
  const { beta1, beta2, weightDecay, eightBits = false } = setup.optimizer;
  return {
    kind: 'training',
    loss: setup.identity,
    checkpointing: setup.checkpointing,
    precision: setup.precision,
    optimizer: { beta1, beta2, eightBits, decays: weightDecay !== 0 },
    groups: setup.groups.map(weights => weights.map(({ name }) => name)),
    frozen: setup.frozen.map(({ name }) => name),
    ...(setup.averages ? { averages: setup.averages } : {}),
  };
}

/** TensorFlow has one operation for an update with moments in 32 bits; with those in 8 it is dozens for each weight. */
export const updatesByXla = ({ eightBits = false }: AdamWOptions): boolean => eightBits;

function trainingProgram(
  setup: TrainingGraphSetup,
  shapes: readonly InputTypes[],
  xla: boolean,
): GraphProgram {
  const declare = (weights: readonly NamedWeight[]): GraphVariable[] =>
    weights.map(({ name, weight }) =>
      graphVariable(name, { dtype: DType.float32, shape: weight.value.shape }),
    );
  const trained = declare(setup.groups.flat());
  const frozen = declare(setup.frozen);
  const state = trainingState(trained, setup.optimizer);
  let next = 0;
  const groups = setup.groups.map(weights => weights.map(() => next++));
  const update = updateSignature(trained, state, groups, setup.optimizer);
  const signatures = new Map<string, Signature>([
    ['update', { ...update, byXla: xla && updatesByXla(setup.optimizer) }],
    ['reset', resetSignature(xla ? state : { ...state, sums: [] })],
  ]);
  const averages = Array.from({ length: setup.averages ?? 0 }, (_, which) =>
    trained.map(({ name, ...type }) => graphVariable(`${averageCall(which)}/${name}`, type)),
  );
  averages.forEach((average, which) => {
    signatures.set(averageCall(which), averageSignature(trained, average));
  });
  shapes.forEach((types, shape) => {
    const gradients = recordGradients(setup, types, [...trained, ...frozen]);
    const { first, add } = batchCalls(shape);
    signatures.set(first, { ...accumulateSignature(gradients, state, false), byXla: xla });
    signatures.set(add, { ...accumulateSignature(gradients, state, true), byXla: xla });
  });
  return { variables: [...trained, ...frozen, ...stateVariables(state), ...averages.flat()], signatures };
}

/** @param variables of the trained and the frozen weights */
function recordGradients(
  { backend, loss, groups, frozen, checkpointing, precision }: TrainingGraphSetup,
  types: InputTypes,
  variables: readonly GraphVariable[],
): RecordedGradients {
  const weights = [...groups.flat(), ...frozen];
  const trained = groups.flat().map(({ weight }) => weight.value);
  const known = new Map<tf.Tensor, GraphValue>(
    weights.map(({ weight }, i) => [weight.value, readVariable(variables[i] as GraphVariable)]),
  );
  const { inputs, outputs } = recordGraph(backend, types, known, ({ [LOSS_SCALE]: scale, ...given }) => {
    const scaled = () => (scale ? (tf.mul(loss(given), scale) as tf.Scalar) : loss(given));
    const { value, grads } = valueAndGrads(scaled, trained, { checkpointing });
    return { loss: value, ...Object.fromEntries(grads.map((grad, i) => [`${i}`, grad])) };
  });
  const full = simplify(outputs);
  const simple = precision === 'float32' ? full : mixedPrecision(full, DType[precision]);
  const output = (name: string) => simple.get(name) as GraphValue;
  return { inputs, loss: output('loss'), gradients: trained.map((_, i) => output(`${i}`)) };
}
