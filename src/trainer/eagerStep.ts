import * as tf from '@tensorflow/tfjs-core';
import { valueAndGrads } from '../compute/gradients.ts';
import { AdamW, type AdamWState } from '../compute/optimizer/adamw.ts';
import { clipScale, globalGradNorm } from '../compute/optimizer/gradNorm.ts';
import { GradientSum } from './gradientSum.ts';
import type { StepComputation } from './stepComputation.ts';
import { optimizerOptions, type StepSetup } from './stepSetup.ts';

/** A {@link StepComputation} that runs and differentiates op by op on whatever backend tfjs has. */
export class EagerStep<I> implements StepComputation<I> {
  readonly #setup: StepSetup<I>;
  readonly #variables: tf.Variable[];
  readonly #optimizer: AdamW;
  readonly #sum = new GradientSum();

  constructor(setup: StepSetup<I>) {
    this.#setup = setup;
    this.#variables = setup.groups.flat().map(({ weight }) => weight.value);
    this.#optimizer = new AdamW(this.#variables, optimizerOptions(setup));
  }

  async accumulate(input: I): Promise<number> {
    const { value, grads } = tf.tidy(() => {
      const feeds = this.#setup.feeds(input);
      const checkpointing = this.#setup.gradientCheckpointing;
      return valueAndGrads(() => this.#setup.loss(feeds), this.#variables, { checkpointing });
    });
    this.#sum.add(grads);
    const [loss = Number.NaN] = value.dataSync();
    value.dispose();
    return loss;
  }

  async apply(rates: readonly number[]): Promise<number> {
    const { gradientAccumulationSteps, maxGradNorm } = this.#setup.options;
    try {
      const norm = globalGradNorm(this.#sum.tensors) / gradientAccumulationSteps;
      if (Number.isFinite(norm)) {
        const perVariable = this.#setup.groups.flatMap((weights, group) =>
          weights.map(() => rates[group] ?? Number.NaN),
        );
        // Clipping and accelerate's division of the accumulated gradients in one factor.
        const scale = clipScale(norm, maxGradNorm) / gradientAccumulationSteps;
        this.#optimizer.step(this.#sum.tensors, perVariable, scale);
      }
      return norm;
    } finally {
      this.#sum.dispose();
    }
  }

  get skipped(): number {
    return 0;
  }

  discard(): void {
    this.#sum.dispose();
  }

  optimizerState(): AdamWState {
    return this.#optimizer.state();
  }

  restoreOptimizer(state: AdamWState): void {
    this.#optimizer.restore(state);
  }

  dispose(): void {
    this.#sum.dispose();
    this.#optimizer.dispose();
  }
}
