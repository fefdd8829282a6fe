import { SweetspotError } from '../core/errors.ts';
import type { SchedulerConfig } from '../diffusion/config/schedulerConfig.ts';
import { alphasCumprod } from '../diffusion/schedulers/noiseSchedule.ts';
import { trainingSchedulerOptions } from '../diffusion/schedulers/schedulerOptions.ts';

/** The noise process as the script's DDPMScheduler has it, from the model folder's scheduler config. */
export interface NoiseProcess {
  /** Cumulative product of 1 - beta, float32. */
  alphasCumprod: Float32Array;
  predictionType: 'epsilon' | 'v_prediction';
}

/** @throws E_SCHEDULER for a model that predicts neither the noise nor the velocity */
export function noiseProcess(config: SchedulerConfig): NoiseProcess {
  const { predictionType } = trainingSchedulerOptions(config);
  if (predictionType === 'epsilon' || predictionType === 'v_prediction') {
    return { alphasCumprod: alphasCumprod(config), predictionType };
  }
  throw new SweetspotError('E_SCHEDULER', 'DreamBooth cannot train such a model', {
    place: 'scheduler/scheduler_config.json: prediction_type',
    allowed: 'epsilon or v_prediction',
    got: predictionType,
  });
}
