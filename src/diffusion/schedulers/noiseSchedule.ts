import { SweetspotError } from '../../core/errors.ts';
import type { SchedulerConfig } from '../config/schedulerConfig.ts';
import { type ResolvedSchedulerOptions, trainingSchedulerOptions } from './schedulerOptions.ts';

const { fround } = Math;

/**
 * How much of the clean picture is left in the variance at every training timestep: the cumulative product of 1 - beta,
 * float32 [num_train_timesteps], rounded where torch rounds. For training, where the script uses DDPM.
 */
export function alphasCumprod(config: SchedulerConfig): Float32Array {
  return cumulativeAlphas(trainingSchedulerOptions(config));
}

/** The same for a scheduler whose options are known. */
export function cumulativeAlphas(options: ResolvedSchedulerOptions): Float32Array {
  const betas = betasOf(options);
  return cumulativeProduct(options.rescaleBetasZeroSnr ? zeroTerminalSnr(betas) : betas);
}

/** The variance of the noise added at every training timestep, float32 (diffusers' `beta_schedule`s). */
export function betasOf(options: ResolvedSchedulerOptions): Float32Array {
  const { betaStart, betaEnd, betaSchedule, numTrainTimesteps, trainedBetas } = options;
  if (trainedBetas) {
    if (trainedBetas.length === numTrainTimesteps) return Float32Array.from(trainedBetas);
    throw new SweetspotError('E_SCHEDULER', 'the scheduler has not one beta a training timestep', {
      place: 'trained_betas',
      allowed: `${numTrainTimesteps} numbers`,
      got: `${trainedBetas.length}`,
    });
  }
  switch (betaSchedule) {
    case 'linear':
      return linspace32(betaStart, betaEnd, numTrainTimesteps);
    case 'scaled_linear':
      return linspace32(Math.sqrt(betaStart), Math.sqrt(betaEnd), numTrainTimesteps).map(root => root * root);
    case 'squaredcos_cap_v2':
      return Float32Array.from({ length: numTrainTimesteps }, (_, i) =>
        Math.min(1 - cosineAlpha((i + 1) / numTrainTimesteps) / cosineAlpha(i / numTrainTimesteps), 0.999),
      );
    case 'sigmoid': {
      if (options.name !== 'ddpm') {
        throw new SweetspotError('E_SCHEDULER', 'this scheduler has no sigmoid betas', {
          place: 'beta_schedule',
          allowed: 'linear, scaled_linear or squaredcos_cap_v2',
          got: 'sigmoid',
          hint: 'Only ddpm runs such a model.',
        });
      }
      const range = fround(betaEnd - betaStart);
      return linspace32(-6, 6, numTrainTimesteps).map(
        x => fround(fround(1 / fround(1 + fround(Math.exp(-x)))) * range) + fround(betaStart),
      );
    }
  }
}

/** Nichol and Dhariwal (2021), equation 17. */
const cosineAlpha = (t: number): number => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2;

/** torch.linspace in float32, which counts from the nearer end. */
export function linspace32(start: number, end: number, count: number): Float32Array {
  const [from, to] = [fround(start), fround(end)];
  if (count === 1) return Float32Array.of(from);
  const step = fround(fround(to - from) / (count - 1));
  // One rounding for product and sum: torch's kernel uses a fused multiply-add.
  return Float32Array.from({ length: count }, (_, i) =>
    i < count / 2 ? from + step * i : to - step * (count - 1 - i),
  );
}

/** torch.cumprod of 1 - beta: the product in double precision, every element rounded to float32. */
function cumulativeProduct(betas: Float32Array): Float32Array {
  let product = 1;
  return betas.map(beta => {
    product *= fround(1 - beta);
    return product;
  });
}

/** Lin et al. (2024), "Common diffusion noise schedules and sample steps are flawed", algorithm 1. */
function zeroTerminalSnr(betas: Float32Array): Float32Array {
  const roots = cumulativeProduct(betas).map(Math.sqrt);
  const first = roots[0] ?? 1;
  const last = roots.at(-1) ?? 0;
  const scale = fround(first / fround(first - last));
  const alphas = roots.map(root => fround(fround(root - last) * scale) ** 2);
  return alphas.map((alpha, i) => 1 - (i === 0 ? alpha : fround(alpha / (alphas[i - 1] ?? 1))));
}
