import * as tf from '@tensorflow/tfjs-core';

/** The last few tensors of a multistep method, kept alive through any tidy until they fall out or are disposed. */
export class TensorHistory {
  readonly #limit: number;
  #tensors: tf.Tensor[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#tensors.length;
  }

  push(tensor: tf.Tensor): void {
    this.#tensors.unshift(tf.keep(tf.clone(tensor)));
    for (const old of this.#tensors.splice(this.#limit)) old.dispose();
  }

  /** Newest first. */
  list<T extends tf.Tensor>(): T[] {
    return [...this.#tensors] as T[];
  }

  dispose(): void {
    for (const tensor of this.#tensors.splice(0)) tensor.dispose();
  }
}

/** sum of weights[i] * tensors[i], as far as there are both. */
export function combine<T extends tf.Tensor>(weights: readonly number[], tensors: readonly T[]): T {
  return tf.tidy(() =>
    tensors
      .slice(0, weights.length)
      .map((tensor, i) => tf.mul<T>(tensor, weights[i] ?? 0))
      .reduce((sum, term) => tf.add<T>(sum, term)),
  );
}
