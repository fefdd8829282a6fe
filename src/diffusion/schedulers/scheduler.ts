import type * as tf from '@tensorflow/tfjs-core';
import type { SchedulerName } from '../../stages/job.ts';

/**
 * One run of a sampler: its timesteps, and the steps between them, to be taken in order. Tensors may have any shape, the
 * batch first. Nothing is read back from the device. Results are new tensors; arguments stay the caller's.
 */
export interface Scheduler {
  readonly name: SchedulerName;
  /** One entry a call of the model, in order; fractional for lms and euler. */
  readonly timesteps: readonly number[];
  /** What unit noise is multiplied by to start. */
  readonly initNoiseSigma: number;
  /** What the model sees in place of `sample` at step `i`. */
  scaleModelInput<T extends tf.Tensor>(sample: T, i: number): T;
  /** Whether {@link step} `i` wants unit noise. */
  needsNoise(i: number): boolean;
  /** The sample after step `i`. */
  step<T extends tf.Tensor>(modelOutput: T, i: number, sample: T, noise?: T): T;
  /** A clean sample at the noise level of step `i`, to start from there. */
  addNoise<T extends tf.Tensor>(clean: T, noise: T, i: number): T;
  /** Frees what is kept from step to step. */
  dispose(): void;
}

/** What a sampler without memory does on {@link Scheduler.dispose}. */
export const nothingToDispose = (): void => {};
