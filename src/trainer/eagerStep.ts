import * as tf from '@tensorflow/tfjs-core';
import { valueAndGrads } from '../compute/gradients.ts';
import { AdamW, type AdamWState } from '../compute/optimizer/adamw.ts';
import { clipScale, globalGradNorm } from '../compute/optimizer/gradNorm.ts';
import type { UNet2DConditionModel } from '../diffusion/models/index.ts';
import type { TrainOptions } from '../stages/job.ts';
import { GradientSum } from './gradientSum.ts';
import { weightedMse } from './loss.ts';
import type { PromptEmbeddings } from './promptEmbeddings.ts';
import type { StepComputation, StepInput } from './stepComputation.ts';
import { type TrainedGroup, variablesOf } from './trainedGroups.ts';

export interface EagerStepSetup {
  unet: UNet2DConditionModel;
  prompts: Pick<PromptEmbeddings, 'forItems'>;
  groups: readonly TrainedGroup[];
  options: Pick<
    TrainOptions,
    | 'adamBeta1'
    | 'adamBeta2'
    | 'adamEpsilon'
    | 'adamWeightDecay'
    | 'maxGradNorm'
    | 'gradientAccumulationSteps'
  >;
  gradientCheckpointing: boolean;
}

/** A {@link StepComputation} that runs and differentiates op by op on whatever backend tfjs has. */
export class EagerStep implements StepComputation {
  readonly #setup: EagerStepSetup;
  readonly #variables: tf.Variable[];
  readonly #optimizer: AdamW;
  readonly #sum = new GradientSum();

  constructor(setup: EagerStepSetup) {
    const { adamBeta1, adamBeta2, adamEpsilon, adamWeightDecay } = setup.options;
    this.#setup = setup;
    this.#variables = variablesOf(setup.groups);
    this.#optimizer = new AdamW(this.#variables, {
      beta1: adamBeta1,
      beta2: adamBeta2,
      eps: adamEpsilon,
      weightDecay: adamWeightDecay,
    });
  }

  async accumulate({ shape, noisy, target, timesteps, prompts, weights }: StepInput): Promise<number> {
    const { value, grads } = tf.tidy(() => {
      const sample = tf.tensor4d(noisy, shape);
      const wanted = tf.tensor4d(target, shape);
      const times = tf.tensor1d(Float32Array.from(timesteps));
      const itemWeights = tf.tensor1d(weights);
      return valueAndGrads(
        () => {
          const embeddings = this.#setup.prompts.forItems(prompts);
          const prediction = this.#setup.unet.forward(sample, times, embeddings);
          return weightedMse(prediction, wanted, itemWeights);
        },
        this.#variables,
        { checkpointing: this.#setup.gradientCheckpointing },
      );
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
        const perVariable = this.#setup.groups.flatMap(({ parameters }, group) =>
          parameters.map(() => rates[group] ?? Number.NaN),
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
