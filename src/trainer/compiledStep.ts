import * as tf from '@tensorflow/tfjs-core';
import { CompiledTraining } from '../compute/graph/compiledTraining.ts';
import type { NamedWeight } from '../compute/graph/graphWeight.ts';
import type { AdamWState } from '../compute/optimizer/adamw.ts';
import { clipScale } from '../compute/optimizer/gradNorm.ts';
import type { NativeBackend } from '../compute/tensorflow/nativeBackend.ts';
import type { StepComputation, StepInput } from './stepComputation.ts';
import { stepFeeds, stepLoss } from './stepLoss.ts';
import { optimizerOptions, type StepSetup } from './stepSetup.ts';
import type { TrainedGroup } from './trainedGroups.ts';

/**
 * A {@link StepComputation} whose steps are calls of a TensorFlow graph. The weights are in the graph while it trains, and
 * come back to whoever asks the parameters for them.
 */
export class CompiledStep implements StepComputation {
  readonly #setup: StepSetup;
  readonly #training: CompiledTraining;
  /** Of the accumulated gradients. */
  #squares = 0;

  constructor(setup: StepSetup, backend: NativeBackend) {
    this.#setup = setup;
    this.#training = new CompiledTraining({
      backend,
      loss: feeds => stepLoss(feeds, setup),
      groups: setup.groups.map(namedWeights),
      frozen: setup.frozen.flatMap(namedWeights),
      optimizer: optimizerOptions(setup),
      checkpointing: setup.gradientCheckpointing,
      identity: setup.identity,
    });
  }

  async accumulate(input: StepInput): Promise<number> {
    const feeds = tf.tidy(() => stepFeeds(input, this.#setup.prompts));
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

const namedWeights = ({ part, parameters }: TrainedGroup): NamedWeight[] =>
  parameters.map(weight => ({ name: `${part}.${weight.name}`, weight }));
