import { describe, expect, it } from 'vitest';
import type { SchedulerOptions } from '../../../src/diffusion/config/schedulerConfig.ts';
import { fullLoop, type Loop } from './dummies.ts';

type Options = Partial<SchedulerOptions>;

// [test in diffusers' tests/schedulers, loop, sum of absolute values or null, mean]; published tolerances 1e-2 and 1e-3,
// relative 1e-5 where float32 itself allows no better.
type Published = [string, Loop, number | null, number];

const v: Options = { predictionType: 'v_prediction' };
const lms = (options: Options, start = 0): Loop => ({
  name: 'lms',
  options: { numTrainTimesteps: 1100, ...options },
  start,
});
const euler = (options: Options, start = 0): Loop => ({ ...lms(options, start), name: 'euler' });
const dpm = (options: Options, start = 0): Loop => ({
  name: 'dpm-solver-multistep',
  options: { lowerOrderFinal: false, finalSigmasType: 'sigma_min', ...options },
  start,
});

const PUBLISHED: Published[] = [
  ['ddim no_noise', { name: 'ddim' }, 172.0067, 0.223967],
  ['ddim v_prediction', { name: 'ddim', options: v }, 52.5302, 0.0684],
  ['ddim set_alpha_to_one', { name: 'ddim', options: { betaStart: 0.01 } }, 149.8295, 0.1951],
  [
    'ddim no set_alpha_to_one',
    { name: 'ddim', options: { betaStart: 0.01, setAlphaToOne: false } },
    149.0784,
    0.1941,
  ],
  ['ddim with_noise', { name: 'ddim', start: 8 }, 354.5418, 0.4616],
  ['pndm no_noise', { name: 'pndm' }, 198.1318, 0.258],
  ['pndm v_prediction', { name: 'pndm', options: v }, 67.3986, 0.0878],
  [
    'pndm set_alpha_to_one',
    { name: 'pndm', options: { betaStart: 0.01, setAlphaToOne: true } },
    230.0399,
    0.2995,
  ],
  ['pndm no set_alpha_to_one', { name: 'pndm', options: { betaStart: 0.01 } }, 186.9482, 0.2434],
  ['lms no_noise', lms({}), 1006.388, 1.31],
  ['lms v_prediction', lms(v), 0.0017, 2.2676e-6],
  ['lms karras', lms({ useKarrasSigmas: true }), 3812.9927, 4.9648],
  ['lms with_noise', lms({}, 8), 27663.6895, 36.0204],
  ['euler no_noise', euler({}), 10.0807, 0.0131],
  ['euler v_prediction', euler(v), 0.0002, 2.2676e-6],
  ['euler karras', euler({ useKarrasSigmas: true }), 124.52299, 0.16213933],
  ['euler with_noise', euler({}, 8), 57062.9297, 74.3007],
  ['dpm_multi no_noise', dpm({}), null, 0.3301],
  ['dpm_multi v_prediction', dpm(v), null, 0.2251],
  ['dpm_multi karras v_prediction', dpm({ ...v, useKarrasSigmas: true }), null, 0.2096],
  ['dpm_multi lu v_prediction', dpm({ ...v, useLuLambdas: true }), null, 0.1554],
  ['dpm_multi with_noise', dpm({}, 5), 318.4111, 0.4146],
  [
    'dpm_multi thresholding',
    dpm({ thresholding: true, dynamicThresholdingRatio: 0.87, sampleMaxValue: 0.5 }),
    null,
    1.1364,
  ],
  ['ddpm no_noise', { name: 'ddpm', steps: 1000 }, 258.9606, 0.3372],
  ['ddpm v_prediction', { name: 'ddpm', options: v, steps: 1000 }, 202.0296, 0.2631],
  ['ddpm with_noise', { name: 'ddpm', steps: 1000, start: 998 }, 387.9466, 0.5051],
];

describe('published full loops of diffusers', () => {
  // The published value of pndm with beta_start 0.01 has a tolerance of 1e-2 like all others.
  it.each(PUBLISHED)('%s', async (_, loop, sum, mean) => {
    const result = await fullLoop(loop);
    expect(Math.abs(result.mean - mean)).toBeLessThan(Math.max(1e-3, 1e-5 * mean));
    if (sum !== null) expect(Math.abs(result.sum - sum)).toBeLessThan(Math.max(1e-2, 1e-5 * sum));
    expect(result.leaked).toBe(0);
  });
});

// Stable Diffusion's own settings have no published loops; these come from an independent derivation in double precision.
const stableDiffusion: Options = {
  betaSchedule: 'scaled_linear',
  betaStart: 0.00085,
  betaEnd: 0.012,
  stepsOffset: 1,
  clipSample: false,
  setAlphaToOne: false,
};
const leading: Options = { timestepSpacing: 'leading' };

const DERIVED: [string, Loop, number, number][] = [
  ['ddim', { name: 'ddim' }, 183.2582, 0.238617],
  ['ddim v', { name: 'ddim', options: v }, 69.5965, 0.09062],
  ['plms', { name: 'pndm', options: { skipPrkSteps: true } }, 201.3865, 0.262222],
  ['lms linspace', { name: 'lms', scaledStep: false }, 198.5586, 0.25854],
  ['lms leading', { name: 'lms', scaledStep: false, options: leading }, 198.1281, 0.257979],
  ['euler linspace', { name: 'euler', scaledStep: false }, 178.7762, 0.232782],
  ['euler leading', { name: 'euler', scaledStep: false, options: leading }, 180.6484, 0.235219],
];

describe("full loops with Stable Diffusion's settings, as the pipeline runs them", () => {
  it.each(DERIVED)('%s', async (_, loop, sum, mean) => {
    const result = await fullLoop({ ...loop, options: { ...stableDiffusion, ...loop.options } });
    expect(Math.abs(result.sum - sum)).toBeLessThan(2e-3);
    expect(Math.abs(result.mean - mean)).toBeLessThan(2e-6);
  });

  it('plms with the defaults of the class', async () => {
    const result = await fullLoop({ name: 'pndm', options: { skipPrkSteps: true } });
    expect(Math.abs(result.sum - 197.7155)).toBeLessThan(2e-3);
  });
});
