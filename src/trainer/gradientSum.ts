import * as tf from '@tensorflow/tfjs-core';

/** Gradients of several batches added up, one tensor for each variable; owns its tensors until {@link dispose}. */
export class GradientSum {
  #sums: tf.Tensor[] | null = null;

  /** Takes the tensors over. */
  add(gradients: tf.Tensor[]): void {
    const sums = this.#sums;
    if (!sums) {
      this.#sums = gradients;
      return;
    }
    this.#sums = tf.tidy(() => gradients.map((gradient, i) => tf.add(gradient, sums[i] ?? 0)));
    tf.dispose([sums, gradients]);
  }

  /** In the order of the variables; still owned by this object. */
  get tensors(): tf.Tensor[] {
    return this.#sums ?? [];
  }

  dispose(): void {
    tf.dispose(this.#sums ?? []);
    this.#sums = null;
  }
}
