import { SweetspotError } from '../core/errors.ts';
import type { LrSchedulerName } from '../stages/job.ts';

export interface LrScheduleOptions {
  lrScheduler: LrSchedulerName;
  /** The rate that the multiplier is applied to (after `scale_lr`). */
  learningRate: number;
  /** Optimizer updates of linear warm-up; `constant` has none. */
  warmupSteps: number;
  /** Horizon in optimizer updates; unused by `constant` and `constant_with_warmup`. */
  totalSteps: number;
  /** Restarts of `cosine_with_restarts`; `cosine` is always half a period, as in the script. */
  numCycles: number;
  /** Exponent of `polynomial`. */
  power: number;
}

/** Where `polynomial` ends: an absolute learning rate, not a share of the first one. */
const POLYNOMIAL_END = 1e-7;

/**
 * The learning rate of optimizer update `update`, counted from 0: the first update of a warm-up therefore has rate 0.
 * The rate *logged* beside update k is that of update k + 1, for the script reads it after the schedule's step.
 * Formulas: diffusers `optimization.py` (`get_scheduler`), where a multiplier is applied to the first rate.
 *
 * Fails with E_OPTION where the schedule is impossible (a polynomial from at or below its end).
 */
export function learningRateAt(options: LrScheduleOptions, update: number): number {
  return options.learningRate * multiplierAt(options, update);
}

/** The share of the first rate at optimizer update `update`. */
export function multiplierAt(options: LrScheduleOptions, update: number): number {
  const { lrScheduler, warmupSteps, totalSteps } = options;
  if (lrScheduler === 'constant') return 1;
  if (lrScheduler === 'polynomial') checkPolynomial(options);
  if (update < warmupSteps) return update / Math.max(1, warmupSteps);
  const progress = (update - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
  switch (lrScheduler) {
    case 'constant_with_warmup':
      return 1;
    case 'linear':
      return Math.max(0, (totalSteps - update) / Math.max(1, totalSteps - warmupSteps));
    case 'cosine':
      return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
    case 'cosine_with_restarts':
      if (progress >= 1) return 0;
      return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * ((options.numCycles * progress) % 1))));
    case 'polynomial':
      return polynomial(options, update);
  }
}

function polynomial(options: LrScheduleOptions, update: number): number {
  const { learningRate, warmupSteps, totalSteps, power } = options;
  const decaySteps = totalSteps - warmupSteps;
  if (update > totalSteps || decaySteps <= 0) return POLYNOMIAL_END / learningRate;
  const remaining = 1 - (update - warmupSteps) / decaySteps;
  return ((learningRate - POLYNOMIAL_END) * remaining ** power + POLYNOMIAL_END) / learningRate;
}

function checkPolynomial({ learningRate }: LrScheduleOptions): void {
  if (learningRate > POLYNOMIAL_END) return;
  throw new SweetspotError('E_OPTION', 'the polynomial schedule ends above where it starts', {
    place: 'learning_rate',
    allowed: `more than ${POLYNOMIAL_END}`,
    got: `${learningRate}`,
    hint: 'Choose a larger learning rate or another lr_scheduler.',
  });
}
