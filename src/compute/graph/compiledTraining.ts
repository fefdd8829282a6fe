import * as tf from '@tensorflow/tfjs-core';
import { type AdamWState, checkState } from '../optimizer/adamw.ts';
import { BLOCK, type DynamicCode, SIGNED_CODE, UNSIGNED_CODE } from '../optimizer/dynamicCode.ts';
import { blocksOf, copyMoments, type Moment, type Moments, zeroMoments } from '../optimizer/moments.ts';
import { expectedShapes, noteShape } from './batchShapes.ts';
import { wantsXla, warnWithoutXla } from './compiling.ts';
import { GraphWeights } from './graphWeights.ts';
import { type InputTypes, sameTypes, typesOf } from './inputTypes.ts';
import type { LoadedGraph } from './loadedGraph.ts';
import { loadGraph, releaseGraph } from './loadGraph.ts';
import {
  batchCalls,
  LOSS_SCALE,
  type MomentIndices,
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
  /** XLA could not compile it. */
  #withoutXla = false;
  /** Calls that it has compiled. */
  readonly #compiled = new Set<string>();

  constructor(setup: TrainingGraphSetup) {
    this.#setup = setup;
    this.#sizes = setup.groups.flat().map(({ weight }) => weight.value.size);
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
    const values = this.#loaded.graph.get(this.#momentIndices());
    const read = ({ values: at, absmax }: MomentIndices, size: number): Moment => {
      const own = values.get(at) ?? new Float32Array();
      if (own instanceof Float32Array) return own;
      return { codes: own.slice(0, size), absmax: values.get(absmax ?? -1) as Float32Array };
    };
    const { m, v } = this.#ranges;
    const moments = this.#sizes.map((size, i) => ({
      m: read(m[i] as MomentIndices, size),
      v: read(v[i] as MomentIndices, size),
    }));
    return { step: this.#step, moments: moments as Moments[] };
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
    noteShape(this.#setup, first, types);
    this.#load(this.#shapes.length === 0 ? expectedShapes(this.#setup, first) : [...this.#shapes, types]);
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
    if (before) releaseGraph(before.graph);
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
    const indices = [...this.#momentIndices(), ...(this.#hasGradients ? this.#ranges.sums : [])];
    for (const piece of from.piecesOf(indices)) to.setValues(from.get(piece));
  }

  #momentIndices(): number[] {
    const { m, v } = this.#ranges;
    return [...m, ...v].flatMap(({ values, absmax }) => (absmax === null ? [values] : [values, absmax]));
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
    const byXla = xla && (name !== 'update' || updatesByXla(this.#setup.optimizer));
    if (!byXla || this.#compiled.has(name)) return graph.run(name, inputs);
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

  /** Brings weights and moments into the graph that are not there. */
  #enter(): void {
    const { graph, weights } = this.#loaded as Loaded;
    weights.enter();
    if (this.#restored) {
      const { m, v } = this.#ranges;
      const values = new Map<number, Float32Array | Uint8Array>();
      const take = (moment: Moment, { values: at, absmax }: MomentIndices, code: DynamicCode) => {
        values.set(at, moment instanceof Float32Array ? moment : inWholeBlocks(moment.codes, code));
        if (absmax !== null && !(moment instanceof Float32Array)) values.set(absmax, moment.absmax);
      };
      this.#restored.moments.forEach((moments, i) => {
        take(moments.m, m[i] as MomentIndices, SIGNED_CODE);
        take(moments.v, v[i] as MomentIndices, UNSIGNED_CODE);
      });
      graph.setValues(values);
      this.#restored = null;
    }
  }
}

/** Codes as the graph has them. */
function inWholeBlocks(codes: Uint8Array, { zero }: DynamicCode): Uint8Array {
  const whole = new Uint8Array(blocksOf(codes.length) * BLOCK).fill(zero);
  whole.set(codes);
  return whole;
}

const copyState = ({ step, moments }: AdamWState): AdamWState => ({
  step,
  moments: moments.map(copyMoments),
});
