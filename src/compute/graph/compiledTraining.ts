import * as tf from '@tensorflow/tfjs-core';
import { type AdamWState, checkState } from '../optimizer/adamw.ts';
import { GraphWeights } from './graphWeights.ts';
import { type InputTypes, sameTypes, typesOf } from './inputTypes.ts';
import type { LoadedGraph } from './loadedGraph.ts';
import { loadGraph } from './loadGraph.ts';
import { batchCalls, type TrainingGraphSetup, trainingGraph, variableRanges } from './trainingGraph.ts';

interface Loaded {
  graph: LoadedGraph;
  weights: GraphWeights;
}

/**
 * A training whose steps are calls of one graph, in which weights, gradients and moments stay. A batch of a shape that
 * was not seen before makes the graph anew, with calls for that shape, too.
 */
export class CompiledTraining {
  readonly #setup: TrainingGraphSetup;
  readonly #ranges: ReturnType<typeof variableRanges>;
  readonly #sizes: readonly number[];
  #shapes: readonly InputTypes[] = [];
  #loaded: Loaded | null = null;
  #step = 0;
  /** Moments that the graph does not have yet; null for none, or zeros at the start. */
  #restored: AdamWState | null = null;
  #hasGradients = false;

  constructor(setup: TrainingGraphSetup) {
    this.#setup = setup;
    this.#sizes = setup.groups.flat().map(({ weight }) => weight.value.size);
    this.#ranges = variableRanges(this.#sizes.length, setup.frozen.length);
  }

  /**
   * Adds the gradients of a batch to those since the last update.
   * @returns the loss, and the sum of the squares of all gradients that are there now
   * @throws UnsupportedOp, E_INTERNAL when the loss cannot be recorded; nothing has changed then
   */
  accumulate(inputs: Record<string, tf.Tensor>): { loss: number; squares: number } {
    const calls = batchCalls(this.#shapeOf(inputs));
    const { loss, squares } = this.#call(this.#hasGradients ? calls.add : calls.first, inputs);
    this.#hasGradients = true;
    return { loss: loss ?? Number.NaN, squares: squares ?? Number.NaN };
  }

  /** One AdamW update with the gradients times `scale`, each group at its rate; then there are none. */
  update(rates: readonly number[], scale: number): void {
    const { beta1, beta2, eps, weightDecay } = this.#setup.optimizer;
    const step = this.#step + 1;
    const rootCorrection = Math.sqrt(1 - beta2 ** step);
    const factors: Record<string, number> = { scale, epsilon: eps * rootCorrection };
    rates.forEach((rate, group) => {
      factors[`stepSize${group}`] = (rate * rootCorrection) / (1 - beta1 ** step);
      if (weightDecay !== 0) factors[`decay${group}`] = 1 - rate * weightDecay;
    });
    const inputs = Object.fromEntries(
      Object.entries(factors).map(([name, value]) => [name, tf.scalar(value)]),
    );
    try {
      this.#call('update', inputs);
    } finally {
      tf.dispose(inputs);
    }
    this.#step = step;
    this.#hasGradients = false;
  }

  /** Forgets gradients that were accumulated. */
  discard(): void {
    this.#hasGradients = false;
  }

  /** A copy of the optimizer's state. */
  state(): AdamWState {
    if (!this.#loaded || this.#restored) {
      const zeros = () => this.#sizes.map(size => ({ m: new Float32Array(size), v: new Float32Array(size) }));
      return structuredClone(this.#restored) ?? { step: this.#step, moments: zeros() };
    }
    const { m, v } = this.#ranges;
    const values = this.#loaded.graph.get([...m, ...v]);
    const of = (index: number | undefined) => values.get(index ?? -1) as Float32Array;
    return { step: this.#step, moments: this.#sizes.map((_, i) => ({ m: of(m[i]), v: of(v[i]) })) };
  }

  /**
   * Goes on from a state, of which it takes a copy.
   * @throws E_CHECKPOINT for one of other weights; nothing is changed then
   */
  restore(state: AdamWState): void {
    checkState(
      state,
      this.#setup.groups.flat().map(({ name }, i) => ({ name, size: this.#sizes[i] ?? 0 })),
    );
    this.#restored = structuredClone(state);
    this.#step = state.step;
    this.#hasGradients = false;
  }

  /** Gives the weights back to their models. */
  dispose(): void {
    this.#loaded?.weights.leave();
    this.#loaded?.graph.dispose();
    this.#loaded = null;
  }

  /** The number of the batch's shape, for which there are calls then. */
  #shapeOf(inputs: Record<string, tf.Tensor>): number {
    const types = typesOf(inputs);
    const known = this.#shapes.findIndex(shape => sameTypes(shape, types));
    if (known >= 0) return known;
    const shapes = [...this.#shapes, types];
    const before = this.#loaded;
    const graph = loadGraph(this.#setup.backend, () => trainingGraph(this.#setup, shapes));
    const weights = [...this.#setup.groups.flat(), ...this.#setup.frozen].map(({ weight }) => weight);
    this.#loaded = { graph, weights: new GraphWeights(graph, weights, this.#sizes.length) };
    this.#shapes = shapes;
    if (before) this.#takeOver(before.graph, graph);
    else graph.run('reset', {});
    before?.weights.leave();
    before?.graph.dispose();
    return shapes.length - 1;
  }

  /** Moments and gradients of one graph go to the next. */
  #takeOver(from: LoadedGraph, to: LoadedGraph): void {
    const { m, v, sums } = this.#ranges;
    const indices = [...m, ...v, ...(this.#hasGradients ? sums : [])];
    for (const piece of from.piecesOf(indices)) setValues(to, from.get(piece));
  }

  #call(name: string, inputs: Record<string, tf.Tensor>): Record<string, number | undefined> {
    const { graph, weights } = this.#loaded as Loaded;
    weights.enter();
    if (this.#restored) {
      const { m, v } = this.#ranges;
      const moments = this.#restored.moments.flatMap((moment, i) => [
        [m[i] as number, moment.m] as const,
        [v[i] as number, moment.v] as const,
      ]);
      setValues(graph, new Map(moments));
      this.#restored = null;
    }
    const outputs = graph.run(name, inputs);
    const values = Object.entries(outputs).map(([output, tensor]) => [output, tensor.dataSync()[0]] as const);
    tf.dispose(outputs);
    return Object.fromEntries(values);
  }
}

function setValues(graph: LoadedGraph, values: ReadonlyMap<number, Float32Array>): void {
  const indices = [...values.keys()];
  const tensors = indices.map(index =>
    tf.tensor(
      values.get(index) as Float32Array,
      [...(graph.layout.variables[index]?.shape ?? [])],
      'float32',
    ),
  );
  graph.set(indices, tensors);
  tf.dispose(tensors);
}
