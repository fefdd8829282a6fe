import type { AverageValues } from '../compute/graph/compiledTraining.ts';
import type { AdamWState } from '../compute/optimizer/adamw.ts';
import type { LossScaleState } from './lossScale.ts';

/** All that an optimizer goes on from. */
export interface OptimizerState extends AdamWState {
  /** With float16 only. */
  lossScale?: LossScaleState;
}

/** Keeps a moving average, so that weights need not come out after every update. */
export interface AverageHome {
  /**
   * `average -= rest * (average - weight)`, every operation rounded to float32.
   * @param values the average so far, where the home does not have it; of each weight, in its variable's layout
   */
  update(rest: number, values: AverageValues | null): void;
  /** Hands the average out; the home has it no more. */
  take(): AverageValues;
}

/**
 * The part of a training that computes on tensors: forward, backward, clipping and the optimizer. Everything else (data,
 * draws, learning rates, counting, files) is the trainer's, so that a compiled or native computation can take this
 * one's place. The weights it trains are those of the pipeline's parameters, changed in place by {@link apply}.
 */
export interface StepComputation<I> {
  /** Loss and gradients of one batch; the gradients are added to those since the last {@link apply}. Gives the loss. */
  accumulate(input: I): Promise<number>;
  /**
   * One optimizer update with the accumulated gradients, divided by the accumulation steps and clipped together; they
   * are gone afterwards.
   *
   * @param rates the learning rate of each group of weights
   * @returns the norm of the divided gradients before clipping; if it is not finite, no weight was changed. Null when the
   *   update was left out because gradients overflowed in float16
   */
  apply(rates: readonly number[]): Promise<number | null>;
  /** Updates that were left out; schedules do not count them. */
  readonly skipped: number;
  /** Forgets accumulated gradients, after an error. */
  discard(): void;
  /** A copy of the optimizer's state, variables in the order of the groups. */
  optimizerState(): OptimizerState;
  /** Where a moving average of the weights can be computed; null where the computation does not do that, or not yet. */
  averageHome?(which: number): AverageHome | null;
  /** @throws E_CHECKPOINT for a state of other variables; nothing is changed then */
  restoreOptimizer(state: OptimizerState): void;
  dispose(): void;
}
