import * as tf from '@tensorflow/tfjs-core';
import type { GraphWeight, ValueHome } from './graphWeight.ts';
import type { LoadedGraph } from './loadedGraph.ts';

/**
 * Keeps a model's weights and a graph's variables in step. Weights that the graph trains move into it, so that they are
 * in memory once; whoever asks for one as a tensor gets it back, and it moves again before the next call. The others
 * are copied whenever they are not what they were.
 */
export class GraphWeights {
  readonly #graph: LoadedGraph;
  readonly #weights: readonly GraphWeight[];
  readonly #moved: number;
  /** Moved ones whose values are in a tensor at the moment. */
  readonly #outside = new Set<number>();
  /** New values for the graph, which gets them before its next call. */
  readonly #pending = new Map<number, Float32Array>();
  /** For each copied one the data that the graph has. */
  readonly #copied = new Map<number, object>();
  /** The values of one piece of the variables, read together; until the next call. */
  #read: Map<number, Float32Array> | null = null;

  /** @param weights of the graph's first variables, in their order; the first `moved` of them move, the others are copied */
  constructor(graph: LoadedGraph, weights: readonly GraphWeight[], moved: number) {
    this.#graph = graph;
    this.#weights = weights;
    this.#moved = moved;
    for (let i = 0; i < moved; i++) this.#outside.add(i);
  }

  /** Before a call: brings everything into the graph that is not there. */
  enter(): void {
    this.#read = null;
    const missing = this.#weights.map((_, index) => index).filter(index => this.#isMissing(index));
    for (const piece of this.#graph.piecesOf(missing)) this.#bring(piece);
  }

  /** Moves everything back into tensors; the graph is not used any more. */
  leave(): void {
    for (let i = 0; i < this.#moved; i++) if (!this.#outside.has(i)) void this.#weights[i]?.value;
  }

  #isMissing(index: number): boolean {
    if (index < this.#moved) return this.#outside.has(index) || this.#pending.has(index);
    const weight = this.#weights[index];
    return weight !== undefined && this.#copied.get(index) !== weight.value.dataId;
  }

  #bring(indices: readonly number[]): void {
    const own: tf.Tensor[] = [];
    const tensors = indices.map(index => {
      const values = this.#pending.get(index);
      if (!values) return (this.#weights[index] as GraphWeight).value;
      const tensor = tf.tensor(values, [...(this.#graph.layout.variables[index]?.shape ?? [])], 'float32');
      own.push(tensor);
      return tensor;
    });
    this.#graph.set(indices, tensors);
    tf.dispose(own);
    for (const index of indices) {
      const weight = this.#weights[index] as GraphWeight;
      this.#pending.delete(index);
      if (index >= this.#moved) this.#copied.set(index, weight.value.dataId);
      else if (this.#outside.delete(index)) weight.lend(this.#homeOf(index));
    }
  }

  #homeOf(index: number): ValueHome {
    return {
      read: () => this.#pending.get(index)?.slice() ?? this.#readOne(index),
      write: values => {
        this.#pending.set(index, values);
      },
      leave: () => {
        this.#pending.delete(index);
        this.#outside.add(index);
      },
    };
  }

  #readOne(index: number): Float32Array {
    if (!this.#read?.has(index)) {
      const inside = Array.from({ length: this.#moved }, (_, i) => i).filter(i => !this.#outside.has(i));
      const piece = this.#graph.piecesOf(inside).find(indices => indices.includes(index)) ?? [];
      // Weights are float32.
      this.#read = this.#graph.get(piece) as Map<number, Float32Array>;
    }
    const values = this.#read?.get(index) as Float32Array;
    this.#read?.delete(index);
    return values;
  }
}
