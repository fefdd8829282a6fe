import * as tf from '@tensorflow/tfjs-core';
import { CompiledTraining } from '../compute/graph/compiledTraining.ts';
import type { Precision } from '../compute/graph/trainingGraph.ts';
import { clipScale } from '../compute/optimizer/gradNorm.ts';
import type { NativeBackend } from '../compute/tensorflow/nativeBackend.ts';
import { LossScale } from './lossScale.ts';
import { PRECISIONS } from './precision.ts';
import type { AverageHome, OptimizerState, StepComputation } from './stepComputation.ts';
import { optimizerOptions, type StepSetup } from './stepSetup.ts';

/**
 * A {@link StepComputation} whose steps are calls of a TensorFlow graph. The weights are in the graph while it trains, and
 * come back to whoever asks the parameters for them.
 */
export class CompiledStep<I> implements StepComputation<I> {
  readonly #setup: StepSetup<I>;
  readonly #training: CompiledTraining;
  readonly #precision: Precision;
  readonly #lossScale: LossScale | null;
  /** Of the accumulated gradients. */
  #squares = 0;

  constructor(setup: StepSetup<I>, backend: NativeBackend) {
    this.#setup = setup;
    this.#precision = PRECISIONS[setup.options.mixedPrecision ?? 'no'];
    this.#lossScale = this.#precision === 'float16' ? new LossScale() : null;
    this.#training = new CompiledTraining({
      backend,
      loss: feeds => setup.loss(feeds),
      groups: setup.groups,
      frozen: setup.frozen,
      optimizer: optimizerOptions(setup),
      checkpointing: setup.gradientCheckpointing,
      precision: this.#precision,
      averages: setup.averages ?? 0,
      identity: setup.identity,
    });
  }

  async accumulate(input: I): Promise<number> {
    const feeds = tf.tidy(() => this.#setup.feeds(input));
    try {
      const { loss, squares } = this.#training.accumulate(feeds, this.#lossScale?.scale);
      this.#squares = squares;
      return loss;
    } finally {
      tf.dispose(feeds);
    }
  }

  async apply(rates: readonly number[]): Promise<number | null> {
    const { gradientAccumulationSteps, maxGradNorm } = this.#setup.options;
    const norm = Math.sqrt(this.#squares) / gradientAccumulationSteps;
    const scale = clipScale(norm, maxGradNorm) / gradientAccumulationSteps;
    if (Number.isFinite(norm)) {
      this.#training.update(rates, scale / (this.#lossScale?.scale ?? 1));
      this.#lossScale?.succeeded();
      return norm;
    }
    this.#training.discard();
    this.#lossScale?.overflowed();
    return this.#lossScale ? null : norm;
  }

  get skipped(): number {
    return this.#lossScale?.state.skipped ?? 0;
  }

  discard(): void {
    this.#training.discard();
  }

  optimizerState(): OptimizerState {
    const state = this.#training.state();
    return this.#lossScale ? { ...state, lossScale: this.#lossScale.state } : state;
  }

  averageHome(which: number): AverageHome {
    return {
      update: (rest, values) => this.#training.updateAverage(which, rest, values),
      take: () => this.#training.takeAverage(which),
    };
  }

  restoreOptimizer(state: OptimizerState): void {
    this.#training.restore(state);
    if (state.lossScale) this.#lossScale?.restore(state.lossScale);
  }

  dispose(): void {
    this.#training.dispose();
  }
}
