import * as tf from '@tensorflow/tfjs-core';
import { type AdamWState, checkState } from '../optimizer/adamw.ts';
import { copyMoments, zeroMoments } from '../optimizer/moments.ts';
import { noteShape } from './batchShapes.ts';
import { wantsXla, warnWithoutXla } from './compiling.ts';
import { momentIndices, momentsFrom, valuesOfMoments } from './graphMoments.ts';
import type { GraphWeight } from './graphWeight.ts';
import { GraphWeights } from './graphWeights.ts';
import { type InputTypes, sameTypes, typesOf } from './inputTypes.ts';
import type { LoadedGraph } from './loadedGraph.ts';
import { loadGraph, releaseGraph } from './loadGraph.ts';
import {
  averageCall,
  batchCalls,
  LOSS_SCALE,
  type TrainingGraphSetup,
  trainingGraph,
  updatesByXla,
  variableRanges,
} from './trainingGraph.ts';

interface Loaded {
  graph: LoadedGraph;
  weights: GraphWeights;
  /** Whether calls are compiled by XLA. */
  xla: boolean;
}

/** A moving average of the trained weights, each in the layout of its variable. */
export type AverageValues = ReadonlyMap<GraphWeight, Float32Array>;

/**
 * A training whose steps are calls of one graph, in which weights, gradients and moments stay. A batch of a shape that
 * was not seen before makes the graph anew, with calls for that shape, too.
 */
export class CompiledTraining {
  readonly #setup: TrainingGraphSetup;
  readonly #ranges: ReturnType<typeof variableRanges>;
  /** The trained ones. */
  readonly #weights: readonly GraphWeight[];
  readonly #sizes: readonly number[];
  #shapes: readonly InputTypes[] = [];
  #loaded: Loaded | null = null;
  #step = 0;
  /** Moments that the graph does not have yet; null for none, or zeros at the start. */
  #restored: AdamWState | null = null;
  #hasGradients = false;
  /** Which moving averages the graph has. */
  readonly #averages = new Set<number>();
  /** XLA could not compile it. */
  #withoutXla = false;
  /** Calls that it has compiled. */
  readonly #compiled = new Set<string>();

  constructor(setup: TrainingGraphSetup) {
    this.#setup = setup;
    this.#weights = setup.groups.flat().map(({ weight }) => weight);
    this.#sizes = this.#weights.map(({ value }) => value.size);
    this.#ranges = variableRanges(this.#sizes, setup.frozen.length, setup.optimizer);
  }

  /**
   * Adds the gradients of a batch to those since the last update.
   * @param lossScale a power of two; with float16 gradients are computed, and kept until the update, times this
   * @returns the loss, and the sum of the squares of all gradients that are there now, both without the scale; squares
   *   that are not finite mean gradients that are not
   * @throws UnsupportedOp, E_INTERNAL when the loss cannot be recorded; nothing has changed then
   */
  accumulate(inputs: Record<string, tf.Tensor>, lossScale = 1): { loss: number; squares: number } {
    const scale = this.#setup.precision === 'float16' ? tf.scalar(lossScale) : null;
    try {
      const feeds = scale ? { ...inputs, [LOSS_SCALE]: scale } : inputs;
      const calls = batchCalls(this.#shapeOf(feeds));
      const { loss, squares } = this.#call(this.#hasGradients ? calls.add : calls.first, feeds);
      this.#hasGradients = true;
      const factor = scale ? lossScale : 1;
      return { loss: (loss ?? Number.NaN) / factor, squares: (squares ?? Number.NaN) / factor ** 2 };
    } finally {
      scale?.dispose();
    }
  }

  /**
   * One AdamW update with the gradients times `scale`, each group at its rate; then there are none. A scale of the loss
   * has to be divided out of it.
   */
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

  /**
   * Takes the weights into a moving average, which stays in the graph from now on.
   * @param rest one minus its decay
   * @param values the average so far, where the graph does not have it: after {@link takeAverage}, and the first time
   */
  updateAverage(which: number, rest: number, values: AverageValues | null): void {
    if (values) {
      const at = this.#ranges.average(which);
      const own = this.#weights.map((weight, i) => [at[i], values.get(weight)] as [number, Float32Array]);
      (this.#loaded as Loaded).graph.setValues(new Map(own));
      this.#averages.add(which);
    }
    const scalar = tf.scalar(rest);
    try {
      this.#call(averageCall(which), { rest: scalar });
    } finally {
      scalar.dispose();
    }
  }

  /** Hands out a moving average that the graph has. */
  takeAverage(which: number): AverageValues {
    const at = this.#ranges.average(which);
    const values = (this.#loaded as Loaded).graph.get(at);
    this.#averages.delete(which);
    return new Map(this.#weights.map((weight, i) => [weight, values.get(at[i] as number) as Float32Array]));
  }

  /** Forgets gradients that were accumulated. */
  discard(): void {
    this.#hasGradients = false;
  }

  /** A copy of the optimizer's state. */
  state(): AdamWState {
    if (this.#restored) return copyState(this.#restored);
    const { eightBits = false } = this.#setup.optimizer;
    if (!this.#loaded) {
      return { step: this.#step, moments: this.#sizes.map(size => zeroMoments(size, eightBits)) };
    }
    const values = this.#loaded.graph.get(momentIndices(this.#ranges));
    return { step: this.#step, moments: momentsFrom(values, this.#ranges, this.#sizes) };
  }

  /**
   * Goes on from a state, of which it takes a copy.
   * @throws E_CHECKPOINT for one of other weights; nothing is changed then
   */
  restore(state: AdamWState): void {
    checkState(
      state,
      this.#setup.groups.flat().map(({ name }, i) => ({ name, size: this.#sizes[i] ?? 0 })),
      this.#setup.optimizer,
    );
    this.#restored = copyState(state);
    this.#step = state.step;
    this.#hasGradients = false;
  }

  /** Gives the weights back to their models. */
  dispose(): void {
    this.#loaded?.weights.leave();
    if (this.#loaded) releaseGraph(this.#loaded.graph);
    this.#loaded = null;
  }

  /** The number of the batch's shape, for which there are calls then. */
  #shapeOf(inputs: Record<string, tf.Tensor>): number {
    const types = typesOf(inputs);
    const known = this.#shapes.findIndex(shape => sameTypes(shape, types));
    if (known >= 0) return known;
    const [first = types] = this.#shapes;
    const expected = noteShape(this.#setup, first, types);
    this.#load(this.#shapes.length === 0 ? expected : [...this.#shapes, types]);
    return this.#shapes.findIndex(shape => sameTypes(shape, types));
  }

  /** Puts a graph with calls for these shapes in the place of the one that is there. */
  #load(shapes: readonly InputTypes[]): void {
    const before = this.#loaded;
    const { graph, xla } = this.#graphFor(shapes);
    const weights = [...this.#setup.groups.flat(), ...this.#setup.frozen].map(({ weight }) => weight);
    this.#loaded = { graph, weights: new GraphWeights(graph, weights, this.#sizes.length), xla };
    this.#shapes = shapes;
    this.#compiled.clear();
    // XLA compiles a call once more when a variable that had no value has got one.
    if (!before || xla) graph.run('reset', {});
    if (before) this.#takeOver(before.graph, graph);
    before?.weights.leave();
    // Later trainings know more shapes than this one had: nobody would come for it.
    before?.graph.dispose();
  }

  #graphFor(shapes: readonly InputTypes[]): { graph: LoadedGraph; xla: boolean } {
    const load = (xla: boolean) => ({
      graph: loadGraph(this.#setup.backend, () => trainingGraph(this.#setup, shapes, xla)),
      xla,
    });
    if (!wantsXla() || this.#withoutXla) return load(false);
    try {
      return load(true);
    } catch (error) {
      const plain = load(false);
      this.#giveUpXla(error);
      return plain;
    }
  }

  #giveUpXla(error: unknown): void {
    this.#withoutXla = true;
    warnWithoutXla('training', error);
  }

  /** Moments and gradients of one graph go to the next. */
  #takeOver(from: LoadedGraph, to: LoadedGraph): void {
    const averages = [...this.#averages].flatMap(which => this.#ranges.average(which));
    const indices = [
      ...momentIndices(this.#ranges),
      ...(this.#hasGradients ? this.#ranges.sums : []),
      ...averages,
    ];
    for (const piece of from.piecesOf(indices)) to.setValues(from.get(piece));
  }

  #call(name: string, inputs: Record<string, tf.Tensor>): Record<string, number | undefined> {
    this.#enter();
    const outputs = this.#run(name, inputs);
    const values = Object.entries(outputs).map(([output, tensor]) => [output, tensor.dataSync()[0]] as const);
    tf.dispose(outputs);
    return Object.fromEntries(values);
  }

  /** XLA compiles a call when it comes for the first time; what it cannot compile has done nothing. */
  #run(name: string, inputs: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
    const { graph, xla } = this.#loaded as Loaded;
    if (!xla || !this.#isByXla(name) || this.#compiled.has(name)) return graph.run(name, inputs);
    try {
      const outputs = graph.run(name, inputs);
      this.#compiled.add(name);
      return outputs;
    } catch (error) {
      this.#giveUpXla(error);
      this.#load(this.#shapes);
      this.#enter();
      return this.#run(name, inputs);
    }
  }

  #isByXla(name: string): boolean {
    if (name === 'update') return updatesByXla(this.#setup.optimizer);
    return this.#shapes.some((_, shape) => Object.values(batchCalls(shape)).includes(name));
  }

  /** Brings weights and moments into the graph that are not there. */
  #enter(): void {
    const { graph, weights } = this.#loaded as Loaded;
    weights.enter();
    if (!this.#restored) return;
    graph.setValues(valuesOfMoments(this.#restored.moments, this.#ranges));
    this.#restored = null;
  }
}

const copyState = ({ step, moments }: AdamWState): AdamWState => ({
  step,
  moments: moments.map(copyMoments),
});
