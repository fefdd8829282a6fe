import { SweetspotError } from '../../core/errors.ts';
import type { ResolvedSchedulerOptions } from './schedulerOptions.ts';

/**
 * Which training timesteps a sampler visits, largest first; the three spacings of Lin et al. (2024), table 2, in
 * numpy's arithmetic (double precision, halves rounded to even).
 */
export function integerTimesteps(options: ResolvedSchedulerOptions, count: number): number[] {
  const last = options.numTrainTimesteps - 1;
  const timesteps = spaced(options, count).map(roundHalfEven);
  const largest = timesteps[0] ?? 0;
  if (largest > last) {
    throw new SweetspotError('E_SCHEDULER', 'the first step would be beyond the last training timestep', {
      place: 'num_inference_steps',
      allowed: `timesteps up to ${last}`,
      got: `${largest} (${count} steps, steps_offset ${options.stepsOffset})`,
      hint: 'Use fewer steps.',
    });
  }
  return timesteps;
}

/** The same for samplers that work on noise levels: `linspace` is not rounded, except to float32. */
export function fractionalTimesteps(options: ResolvedSchedulerOptions, count: number): number[] {
  return spaced(options, count).map(Math.fround);
}

function spaced(
  { numTrainTimesteps, stepsOffset, timestepSpacing }: ResolvedSchedulerOptions,
  count: number,
) {
  switch (timestepSpacing) {
    case 'linspace':
      return linspace(0, numTrainTimesteps - 1, count).reverse();
    case 'leading': {
      const ratio = Math.floor(numTrainTimesteps / count);
      return Array.from({ length: count }, (_, i) => i * ratio + stepsOffset).reverse();
    }
    case 'trailing':
      return trailing(numTrainTimesteps, numTrainTimesteps / count);
  }
}

/**
 * The timesteps of DPM-Solver: of count + 1 evenly spaced ones all but the last, which is where the final step ends.
 *
 * @param end one more than the largest timestep to visit
 */
export function dpmSolverTimesteps(options: ResolvedSchedulerOptions, count: number, end: number): number[] {
  switch (options.timestepSpacing) {
    case 'linspace':
      return linspace(0, end - 1, count + 1)
        .map(roundHalfEven)
        .reverse()
        .slice(0, -1);
    case 'leading': {
      const ratio = Math.floor(end / (count + 1));
      return Array.from({ length: count }, (_, i) => (count - i) * ratio + options.stepsOffset);
    }
    case 'trailing':
      return trailing(end, options.numTrainTimesteps / count);
  }
}

/** From `end - 1` down by a fractional step, each rounded before one is taken off. */
function trailing(end: number, step: number): number[] {
  const stride = end - step - end;
  return Array.from({ length: Math.ceil(-end / -step) }, (_, i) => roundHalfEven(end + i * stride) - 1);
}

/** numpy.linspace in double precision. */
export function linspace(start: number, stop: number, count: number): number[] {
  const step = count > 1 ? (stop - start) / (count - 1) : 0;
  return Array.from({ length: count }, (_, i) => (i > 0 && i === count - 1 ? stop : start + i * step));
}

/** numpy.round: halves go to the even neighbour. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
