import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseSchedulerConfig, SCHEDULER_CLASSES } from '../../../src/diffusion/config/schedulerConfig.ts';
import { schedulerFromOptions } from '../../../src/diffusion/schedulers/createScheduler.ts';
import { betasOf, cumulativeAlphas } from '../../../src/diffusion/schedulers/noiseSchedule.ts';
import { withDefaults } from '../../../src/diffusion/schedulers/schedulerOptions.ts';
import { sigmaSchedule } from '../../../src/diffusion/schedulers/sigmaSchedule.ts';
import type { SchedulerName } from '../../../src/stages/job.ts';
import { runLoop } from './dummies.ts';

type Json = Record<string, unknown>;
interface Schedule {
  scheduler: SchedulerName;
  steps: number;
  timesteps: number[];
  initNoiseSigma: number;
  sigmas?: number[];
}
interface Loop {
  scheduler: SchedulerName;
  steps: number;
  sumAbs?: number;
  sum: number;
  ends: number[];
  refused?: string;
  notFinite?: boolean;
}
interface Golden {
  configs: Record<string, Json>;
  schedules: (Schedule & { config: string })[];
  loops: (Loop & { config: string; prediction: string })[];
  variants: (Schedule & Loop & { config: Json })[];
  betas: {
    betaSchedule: string;
    betaStart: number;
    betaEnd: number;
    at: number[];
    betas: number[];
    alphasCumprod: number[];
  }[];
}

const GOLDEN: Golden = JSON.parse(
  readFileSync(new URL('../../golden/schedulers/schedulers.json', import.meta.url), 'utf8'),
);

const classOf = (name: SchedulerName): string =>
  Object.entries(SCHEDULER_CLASSES).find(([, value]) => value === name)?.[0] ?? '';
const optionsOf = (name: SchedulerName, json: Json) =>
  withDefaults(name, parseSchedulerConfig(json, 'scheduler_config.json', classOf(name)).explicit);

const close = (got: number | undefined, wanted: number, tolerance: number): boolean =>
  Math.abs((got ?? Number.NaN) - wanted) <= tolerance * Math.max(1, Math.abs(wanted));

function scheduleDiffers(options: ReturnType<typeof optionsOf>, wanted: Schedule): string | null {
  const { timesteps, initNoiseSigma } = schedulerFromOptions(options, wanted.steps);
  if (timesteps.length !== wanted.timesteps.length) return `${timesteps.length} timesteps`;
  const wrong = timesteps.find((timestep, i) => !close(timestep, wanted.timesteps[i] ?? Number.NaN, 1e-6));
  if (wrong !== undefined) return `timesteps ${timesteps} instead of ${wanted.timesteps}`;
  if (!close(initNoiseSigma, wanted.initNoiseSigma, 1e-6)) return `initNoiseSigma ${initNoiseSigma}`;
  if (!wanted.sigmas || wanted.scheduler === 'dpm-solver-multistep') return null;
  const { sigmas } = sigmaSchedule(options, wanted.steps);
  return wanted.sigmas.every((sigma, i) => close(sigmas[i], sigma, 1e-6)) ? null : `sigmas ${sigmas}`;
}

function loopDiffers(options: ReturnType<typeof optionsOf>, wanted: Loop): string | null {
  const { values, sumAbs } = runLoop(schedulerFromOptions(options, wanted.steps));
  const ends = [...values.slice(0, 2), ...values.slice(-2)];
  const wrong = ends.find((value, i) => !close(value, wanted.ends[i] ?? Number.NaN, 1e-4));
  if (wrong !== undefined) return `ends ${ends} instead of ${wanted.ends}`;
  return close(sumAbs, wanted.sumAbs ?? Number.NaN, SUM_TOLERANCE)
    ? null
    : `sum ${sumAbs} instead of ${wanted.sumAbs}`;
}

/** 768 float32 values near 1 at the start, each rounded to 6e-8; where a loop ends near zero, that is what is left. */
const SUM_TOLERANCE = 5e-5;

beforeAll(() => tf.setBackend('cpu'));

describe('schedules', () => {
  it.each(Object.keys(GOLDEN.configs))('%s', config => {
    const wanted = GOLDEN.schedules.filter(schedule => schedule.config === config);
    expect(wanted.length).toBeGreaterThan(30);
    for (const schedule of wanted) {
      const options = optionsOf(schedule.scheduler, GOLDEN.configs[config] ?? {});
      const difference = scheduleDiffers(options, schedule);
      expect.soft(difference, `${schedule.scheduler} ${schedule.steps}`).toBeNull();
    }
  });
});

describe('loops', () => {
  const cases = GOLDEN.loops.map(({ config, scheduler }) => `${config} ${scheduler}`);
  it.each([...new Set(cases)])('%s', name => {
    for (const loop of GOLDEN.loops.filter(({ config, scheduler }) => `${config} ${scheduler}` === name)) {
      const json = { ...GOLDEN.configs[loop.config], prediction_type: loop.prediction };
      const place = `${loop.prediction} ${loop.steps}`;
      if (loop.refused) {
        const run = () => runLoop(schedulerFromOptions(optionsOf(loop.scheduler, json), loop.steps));
        expect.soft(run, place).toThrow(expect.objectContaining({ code: 'E_SCHEDULER' }));
      } else if (!loop.notFinite) {
        expect.soft(loopDiffers(optionsOf(loop.scheduler, json), loop), place).toBeNull();
      }
    }
  });
});

describe('one key changed', () => {
  it.each(
    GOLDEN.variants.map(
      variant => [variant.scheduler, JSON.stringify(variant.config), variant.steps, variant] as const,
    ),
  )('%s %s %i', (name, _, __, variant) => {
    const options = optionsOf(name, { ...GOLDEN.configs.sd, ...variant.config });
    if (variant.notFinite) return;
    expect(variant.refused).toBeUndefined();
    expect(scheduleDiffers(options, variant)).toBeNull();
    expect(loopDiffers(options, variant)).toBeNull();
  });
});

describe('betas and cumulative alphas are equal bit for bit', () => {
  it.each(GOLDEN.betas.map(row => [row.betaSchedule, row] as const))('%s', (beta_schedule, row) => {
    const options = optionsOf('ddpm', { beta_start: row.betaStart, beta_end: row.betaEnd, beta_schedule });
    const [betas, alphas] = [betasOf(options), cumulativeAlphas(options)];
    expect(row.at.map(i => alphas[i])).toEqual(row.alphasCumprod);
    row.at.forEach((t, i) => {
      expect(close(betas[t], row.betas[i] ?? Number.NaN, 1e-8)).toBe(true);
    });
  });
});
