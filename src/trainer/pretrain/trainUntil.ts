import { setImmediate } from 'node:timers/promises';
import { SweetspotError } from '../../core/errors.ts';
import type { StepMetrics } from '../dreambooth.ts';
import type { StepComputation } from '../stepComputation.ts';
import type { Pretraining } from './pretraining.ts';

export interface PretrainingHooks {
  onStep?: (metrics: StepMetrics) => void;
  signal?: AbortSignal;
}

/** Trains until `until` updates are made, or to the stop request. */
export async function trainUntil(
  training: Pick<Pretraining, 'step' | 'update'>,
  until: number,
  { onStep, signal }: PretrainingHooks = {},
): Promise<'done' | 'stopped'> {
  while (training.step < until) {
    await setImmediate();
    if (signal?.aborted) return 'stopped';
    const metrics = await training.update();
    onStep?.(metrics);
  }
  return 'done';
}

/**
 * One optimizer update with one batch.
 * @param step number of the update, for the error
 * @returns the loss
 * @throws E_NOT_FINITE
 */
export async function updateWith<I>(
  computation: StepComputation<I>,
  batch: I,
  rates: readonly number[],
  step: number,
): Promise<number> {
  const loss = await computation.accumulate(batch);
  checkFinite(loss, (await computation.apply(rates)) ?? 0, step);
  return loss;
}

/** @throws E_NOT_FINITE */
export function checkFinite(loss: number, norm: number, step: number): void {
  if (Number.isFinite(loss + norm)) return;
  throw new SweetspotError('E_NOT_FINITE', `the loss is ${loss}, the norm of its gradients ${norm}`, {
    place: `step ${step}`,
  });
}
