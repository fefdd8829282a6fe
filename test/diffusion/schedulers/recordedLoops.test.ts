import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseSchedulerConfig, SCHEDULER_CLASSES } from '../../../src/diffusion/config/schedulerConfig.ts';
import { schedulerFromOptions } from '../../../src/diffusion/schedulers/createScheduler.ts';
import { withDefaults } from '../../../src/diffusion/schedulers/schedulerOptions.ts';
import { sigmaSchedule } from '../../../src/diffusion/schedulers/sigmaSchedule.ts';
import type { SchedulerName } from '../../../src/stages/job.ts';
import { runLoop } from './dummies.ts';

interface Recorded {
  name: SchedulerName;
  options: Record<string, unknown>;
  steps: number;
  timesteps: number[];
  sigmas?: number[];
  initNoiseSigma: number;
  sum: number;
  values: number[];
}

const RECORDED: Recorded[] = JSON.parse(
  readFileSync(new URL('./golden/loops.json', import.meta.url), 'utf8'),
);
const shortOf = ({ trained_betas, ...options }: Record<string, unknown>): string =>
  JSON.stringify({ ...options, ...(trained_betas ? { trained_betas: '...' } : {}) });

function optionsOf({ name, options }: Recorded) {
  const className = Object.entries(SCHEDULER_CLASSES).find(([, value]) => value === name)?.[0];
  const { explicit } = parseSchedulerConfig({ ...options, _class_name: className }, 'scheduler_config.json');
  return withDefaults(name, explicit);
}

beforeAll(() => tf.setBackend('cpu'));

describe('loops recorded from diffusers', () => {
  it.each(RECORDED.map(loop => [loop.name, loop.steps, shortOf(loop.options), loop] as const))(
    '%s %i %s',
    (_, __, ___, loop) => {
      const scheduler = schedulerFromOptions(optionsOf(loop), loop.steps);
      expect(scheduler.timesteps.length).toBe(loop.timesteps.length);
      scheduler.timesteps.forEach((timestep, i) => {
        expect(Math.abs(timestep - (loop.timesteps[i] ?? Number.NaN))).toBeLessThan(1e-3);
      });
      expect(relative(scheduler.initNoiseSigma, loop.initNoiseSigma)).toBeLessThan(1e-6);
      if (loop.sigmas && loop.name !== 'dpm-solver-multistep') {
        const { sigmas } = sigmaSchedule(optionsOf(loop), loop.steps);
        loop.sigmas.forEach((sigma, i) => {
          expect(Math.abs((sigmas[i] ?? Number.NaN) - sigma)).toBeLessThan(1e-6 * Math.max(1, sigma));
        });
      }
      const { values, sumAbs } = runLoop(scheduler);
      const scale = Math.max(FLOOR, loop.sum) / 768;
      expect(relative(sumAbs, loop.sum)).toBeLessThan(TOLERANCE);
      loop.values.forEach((value, i) => {
        expect(Math.abs((values[i * 97] ?? Number.NaN) - value)).toBeLessThan(
          TOLERANCE * Math.max(scale, Math.abs(value)),
        );
      });
    },
  );
});

const TOLERANCE = 2e-5;
/** Some loops end at zero; what is left there is rounding of samples that began near 1. */
const FLOOR = 0.05;
const relative = (got: number, wanted: number): number =>
  Math.abs(got - wanted) / Math.max(FLOOR, Math.abs(wanted));
