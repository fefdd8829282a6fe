import { describe, expect, it } from 'vitest';
import {
  parseSchedulerConfig,
  type SchedulerOptions,
} from '../../../src/diffusion/config/schedulerConfig.ts';
import { createScheduler, schedulerFromOptions } from '../../../src/diffusion/schedulers/createScheduler.ts';
import { lmsWeights } from '../../../src/diffusion/schedulers/lms.ts';
import { withDefaults } from '../../../src/diffusion/schedulers/schedulerOptions.ts';
import { sigmaSchedule } from '../../../src/diffusion/schedulers/sigmaSchedule.ts';
import { roundHalfEven } from '../../../src/diffusion/schedulers/timesteps.ts';
import type { SchedulerName } from '../../../src/stages/job.ts';

// Lists from the tests and pipelines of diffusers.
describe('timesteps', () => {
  const cases: [SchedulerName, Partial<SchedulerOptions>, number, number[]][] = [
    ['ddim', { stepsOffset: 1 }, 5, [801, 601, 401, 201, 1]],
    [
      'pndm',
      { stepsOffset: 1, skipPrkSteps: true },
      10,
      [901, 801, 801, 701, 601, 501, 401, 301, 201, 101, 1],
    ],
    [
      'pndm',
      { stepsOffset: 1 },
      10,
      [901, 851, 851, 801, 801, 751, 751, 701, 701, 651, 651, 601, 601, 501, 401, 301, 201, 101, 1],
    ],
    ['ddpm', { timestepSpacing: 'trailing' }, 4, [999, 749, 499, 249]],
    ['ddpm', { timestepSpacing: 'linspace' }, 5, [999, 749, 500, 250, 0]],
    ['euler', {}, 3, [999, 499.5, 0]],
    ['euler', { timestepSpacing: 'leading', stepsOffset: 1 }, 3, [667, 334, 1]],
    ['dpm-solver-multistep', {}, 5, [999, 799, 599, 400, 200]],
    ['dpm-solver-multistep', { timestepSpacing: 'leading', stepsOffset: 1 }, 4, [801, 601, 401, 201]],
  ];
  it.each(cases)('%s %j, %i steps', (name, options, steps, timesteps) => {
    expect(schedulerFromOptions(withDefaults(name, options), steps).timesteps).toEqual(timesteps);
  });

  it('plms visits the second timestep twice at 50 steps', () => {
    const { timesteps } = schedulerFromOptions(
      withDefaults('pndm', { stepsOffset: 1, skipPrkSteps: true }),
      50,
    );
    expect(timesteps.length).toBe(51);
    expect(timesteps.slice(0, 4)).toEqual([981, 961, 961, 941]);
    expect(timesteps.slice(-2)).toEqual([21, 1]);
  });
});

describe("noise levels of Stable Diffusion's schedule", () => {
  const base = { betaSchedule: 'scaled_linear', betaStart: 0.00085, betaEnd: 0.012, stepsOffset: 1 } as const;
  it.each<[SchedulerOptions['timestepSpacing'], number[], number]>([
    [
      'linspace',
      [14.6147, 7.8399, 4.6092, 2.9183, 1.9502, 1.3449, 0.9324, 0.625, 0.3687, 0.0292, 0],
      14.6146,
    ],
    ['leading', [8.3907, 5.1344, 3.3478, 2.2929, 1.6237, 1.1682, 0.8357, 0.5741, 0.3462, 0.0413, 0], 8.4501],
  ])('%s', (timestepSpacing, wanted, initial) => {
    const { sigmas, initNoiseSigma } = sigmaSchedule(withDefaults('lms', { ...base, timestepSpacing }), 10);
    expect(Array.from(sigmas, sigma => Number(sigma.toFixed(4)))).toEqual(
      wanted.map(value => expect.closeTo(value, 3)),
    );
    expect(initNoiseSigma).toBeCloseTo(initial, 3);
  });
});

it('lms weights integrate cubics exactly: they sum to the step, and match the first moments', () => {
  const sigmas = [14.6, 7.8, 4.6, 2.9, 1.95];
  const weights = lmsWeights(sigmas, 3, 4);
  const nodes = [2.9, 4.6, 7.8, 14.6];
  for (const power of [0, 1, 2, 3]) {
    const exact = (1.95 ** (power + 1) - 2.9 ** (power + 1)) / (power + 1);
    expect(weights.reduce((sum, weight, k) => sum + weight * (nodes[k] ?? 0) ** power, 0)).toBeCloseTo(
      exact,
      9,
    );
  }
});

it('rounds halves to even', () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, 2.51].map(roundHalfEven)).toEqual([0, 2, 2, 0, -2, 2, 3]);
});

describe('needsNoise', () => {
  it('ddpm: wherever the timestep is not 0', () => {
    const zero = schedulerFromOptions(withDefaults('ddpm', {}), 4);
    expect([0, 1, 2, 3].map(i => zero.needsNoise(i))).toEqual([true, true, true, false]);
    const one = schedulerFromOptions(withDefaults('ddpm', { stepsOffset: 1 }), 4);
    expect(one.needsNoise(3)).toBe(true);
  });

  it('nobody else, but stochastic solvers', () => {
    const quiet: SchedulerName[] = ['ddim', 'pndm', 'lms', 'euler', 'dpm-solver-multistep'];
    expect(quiet.some(name => schedulerFromOptions(withDefaults(name, {}), 5).needsNoise(0))).toBe(false);
    const options = withDefaults('dpm-solver-multistep', { algorithmType: 'sde-dpmsolver++' });
    expect(schedulerFromOptions(options, 5).needsNoise(4)).toBe(true);
  });
});

describe('refuses', () => {
  const config = parseSchedulerConfig(
    { _class_name: 'PNDMScheduler', steps_offset: 1, skip_prk_steps: true },
    'x.json',
  );
  const refusal = (name: string | null, steps: number) => () =>
    createScheduler(name as SchedulerName, config, steps);

  it.each(['heun', 'DDIMScheduler', 'toString', ''])('the name %j', name => {
    expect(refusal(name, 5)).toThrow(
      expect.objectContaining({
        code: 'E_SCHEDULER',
        allowed: expect.stringContaining('dpm-solver-multistep'),
      }),
    );
  });

  it.each([0, -1, 2.5, Number.NaN, 1001])('%d steps', steps => {
    expect(refusal(null, steps)).toThrow(
      expect.objectContaining({ code: 'E_SCHEDULER', place: 'num_inference_steps' }),
    );
  });

  it('as many steps as timesteps when an offset pushes the first one out', () => {
    expect(refusal('ddim', 1000)).toThrow(expect.objectContaining({ code: 'E_SCHEDULER' }));
    expect(refusal('euler', 1000)).not.toThrow();
  });

  const options: [string, SchedulerName, Partial<SchedulerOptions>][] = [
    ['predicted samples', 'pndm', { predictionType: 'sample' }],
    ['sigmoid betas', 'ddim', { betaSchedule: 'sigmoid' }],
    ['too few betas', 'ddpm', { trainedBetas: [0.1, 0.2] }],
    ['a learned variance', 'ddpm', { varianceType: 'learned_range' }],
    ['a learned variance', 'dpm-solver-multistep', { varianceType: 'learned' }],
    ['beta sigmas', 'euler', { useBetaSigmas: true }],
    ['flow sigmas', 'dpm-solver-multistep', { useFlowSigmas: true }],
    ['two spacings of sigmas', 'lms', { useKarrasSigmas: true, useExponentialSigmas: true }],
    ['noise prediction down to zero', 'dpm-solver-multistep', { algorithmType: 'dpmsolver' }],
    [
      'the third order of sde-dpmsolver',
      'dpm-solver-multistep',
      { algorithmType: 'sde-dpmsolver', solverOrder: 3, finalSigmasType: 'sigma_min' },
    ],
  ];
  it.each(options)('%s: %s %j', (_, name, explicit) => {
    expect(() => schedulerFromOptions(withDefaults(name, explicit), 5)).toThrow(
      expect.objectContaining({ code: 'E_SCHEDULER' }),
    );
  });

  it('three steps of pndm with Runge-Kutta', () => {
    expect(() => schedulerFromOptions(withDefaults('pndm', {}), 3)).toThrow(/at least 4/);
  });
});
