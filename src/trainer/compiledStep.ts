import * as tf from '@tensorflow/tfjs-core';
import { CompiledTraining } from '../compute/graph/compiledTraining.ts';
import type { AdamWState } from '../compute/optimizer/adamw.ts';
import { clipScale } from '../compute/optimizer/gradNorm.ts';
import type { NativeBackend } from '../compute/tensorflow/nativeBackend.ts';
import type { StepComputation } from './stepComputation.ts';
import { optimizerOptions, type StepSetup } from './stepSetup.ts';

/**
 * A {@link StepComputation} whose steps are calls of a TensorFlow graph. The weights are in the graph while it trains, and
 * come back to whoever asks the parameters for them.
 */
export class CompiledStep<I> implements StepComputation<I> {
  readonly #setup: StepSetup<I>;
  readonly #training: CompiledTraining;
  /** Of the accumulated gradients. */
  #squares = 0;

  constructor(setup: StepSetup<I>, backend: NativeBackend) {
    this.#setup = setup;
    this.#training = new CompiledTraining({
      backend,
      loss: feeds => setup.loss(feeds),
      groups: setup.groups,
      frozen: setup.frozen,
      optimizer: optimizerOptions(setup),
      checkpointing: setup.gradientCheckpointing,
      identity: setup.identity,
    });
  }

  async accumulate(input: I): Promise<number> {
    const feeds = tf.tidy(() => this.#setup.feeds(input));
    try {
      const { loss, squares } = this.#training.accumulate(feeds);
      this.#squares = squares;
      return loss;
    } finally {
      tf.dispose(feeds);
    }
  }

  async apply(rates: readonly number[]): Promise<number> {
    const { gradientAccumulationSteps, maxGradNorm } = this.#setup.options;
    const norm = Math.sqrt(this.#squares) / gradientAccumulationSteps;
    const scale = clipScale(norm, maxGradNorm) / gradientAccumulationSteps;
    if (Number.isFinite(norm)) this.#training.update(rates, scale);
    else this.#training.discard();
    return norm;
  }

  discard(): void {
    this.#training.discard();
  }

  optimizerState(): AdamWState {
    return this.#training.state();
  }

  restoreOptimizer(state: AdamWState): void {
    this.#training.restore(state);
  }

  dispose(): void {
    this.#training.dispose();
  }
}
