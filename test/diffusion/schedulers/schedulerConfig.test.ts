import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  parseSchedulerConfig,
  SCHEDULER_CLASSES,
  type SchedulerOptions,
} from '../../../src/diffusion/config/schedulerConfig.ts';
import { alphasCumprod } from '../../../src/diffusion/schedulers/noiseSchedule.ts';
import {
  schedulerOptions,
  trainingSchedulerOptions,
} from '../../../src/diffusion/schedulers/schedulerOptions.ts';
import type { SchedulerName } from '../../../src/stages/job.ts';

const PLACE = 'model/scheduler/scheduler_config.json';
const parse = (json: unknown, className?: string) => parseSchedulerConfig(json, PLACE, className);
const readJson = (path: string) =>
  JSON.parse(
    readFileSync(new URL(`../../golden/tiny-pipelines/${path}`, import.meta.url), 'utf8').replaceAll(
      '-Infinity',
      'null',
    ),
  );
const camel = (key: string): string => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

describe('from_config as diffusers resolves it', () => {
  const folders = ['plain', 'sd2', 'old-names', 'sharded'];
  const names = Object.values(SCHEDULER_CLASSES);
  it.each(folders.flatMap(folder => names.map(name => [folder, name] as const)))(
    '%s as %s',
    (folder, name) => {
      const config = parse(readJson(`${folder}/scheduler/scheduler_config.json`));
      const wanted: Record<string, unknown> = readJson(`${folder}/expected.json`).schedulerConfigs[name];
      const got: Partial<SchedulerOptions> = schedulerOptions(name, config);
      for (const [key, value] of Object.entries(wanted)) {
        if (!IN_EFFECT[name].includes(key)) continue;
        const ours = got[camel(key) as keyof SchedulerOptions];
        expect(ours, key).toEqual(key === 'lambda_min_clipped' ? Number.NEGATIVE_INFINITY : value);
      }
    },
  );
});

/** diffusers' resolved configs also keep keys of other classes, which have no effect. */
const COMMON = [
  'beta_start',
  'beta_end',
  'beta_schedule',
  'trained_betas',
  'num_train_timesteps',
  'prediction_type',
];
const SPACING = [...COMMON, 'timestep_spacing', 'steps_offset'];
const THRESHOLD = ['thresholding', 'dynamic_thresholding_ratio', 'sample_max_value'];
const IN_EFFECT: Record<SchedulerName, string[]> = {
  ddpm: [
    ...SPACING,
    ...THRESHOLD,
    'clip_sample',
    'clip_sample_range',
    'variance_type',
    'rescale_betas_zero_snr',
  ],
  ddim: [
    ...SPACING,
    ...THRESHOLD,
    'clip_sample',
    'clip_sample_range',
    'set_alpha_to_one',
    'rescale_betas_zero_snr',
  ],
  pndm: [...SPACING, 'set_alpha_to_one', 'skip_prk_steps'],
  lms: [...SPACING, 'use_karras_sigmas', 'use_exponential_sigmas'],
  euler: [...SPACING, 'use_karras_sigmas', 'final_sigmas_type', 'interpolation_type', 'timestep_type'],
  'dpm-solver-multistep': [
    ...SPACING,
    ...THRESHOLD,
    'solver_order',
    'solver_type',
    'algorithm_type',
    'lower_order_final',
    'euler_at_final',
    'final_sigmas_type',
    'lambda_min_clipped',
    'use_lu_lambdas',
  ],
};

describe('repairs of the pipeline', () => {
  const old = { _class_name: 'DDIMScheduler', steps_offset: 0, clip_sample: true };

  it('a written steps_offset becomes 1 and a written clip_sample false, for other classes, too', () => {
    expect(schedulerOptions('ddpm', parse(old))).toMatchObject({ stepsOffset: 1, clipSample: false });
    expect(schedulerOptions(null, parse(old))).toMatchObject({
      name: 'ddim',
      stepsOffset: 1,
      clipSample: false,
    });
  });

  it("defaults are repaired in the folder's own scheduler only", () => {
    const config = parse({ _class_name: 'DDIMScheduler' });
    expect(schedulerOptions(null, config)).toMatchObject({ stepsOffset: 1, clipSample: false });
    expect(schedulerOptions('ddim', config)).toMatchObject({ stepsOffset: 0, clipSample: true });
    expect(schedulerOptions('ddpm', config)).toMatchObject({ stepsOffset: 0, clipSample: true });
  });

  it('training repairs nothing', () => {
    expect(trainingSchedulerOptions(parse(old))).toMatchObject({
      name: 'ddpm',
      stepsOffset: 0,
      clipSample: true,
    });
  });
});

it('values that a file lists as defaults are not carried over', () => {
  const config = parse({
    _class_name: 'PNDMScheduler',
    timestep_spacing: 'leading',
    beta_end: 0.012,
    _use_default_values: ['timestep_spacing'],
  });
  expect(schedulerOptions('euler', config)).toMatchObject({ timestepSpacing: 'linspace', betaEnd: 0.012 });
  expect(schedulerOptions(null, config).timestepSpacing).toBe('leading');
});

it('takes the class that model_index.json names', () => {
  expect(parse({ _class_name: 'PNDMScheduler' }, 'DDIMScheduler').name).toBe('ddim');
});

it.each([null, '-Infinity'])('reads an infinite lambda_min_clipped written as %s', lambda_min_clipped => {
  const config = parse({ _class_name: 'DPMSolverMultistepScheduler', lambda_min_clipped });
  expect(schedulerOptions(null, config).lambdaMinClipped).toBe(Number.NEGATIVE_INFINITY);
});

it("gives Stable Diffusion's cumulative alphas for training", () => {
  const alphas = alphasCumprod(
    parse({
      _class_name: 'PNDMScheduler',
      beta_start: 0.00085,
      beta_end: 0.012,
      beta_schedule: 'scaled_linear',
    }),
  );
  const found = [0, 1, 499, 999].map(t => alphas[t] ?? 0);
  expect(found.map(alpha => Number(alpha.toPrecision(5)))).toEqual([0.99915, 0.9983, 0.27767, 0.0046601]);
});

describe('refuses', () => {
  const unknown: [string, unknown][] = [
    ['an unknown class', { _class_name: 'FooScheduler' }],
    ['no class', {}],
    ['a name of Object', { _class_name: 'constructor' }],
    ['a class that is no text', { _class_name: ['PNDMScheduler'] }],
  ];
  it.each(unknown)('%s', (_, json) => {
    expect(() => parse(json)).toThrow(
      expect.objectContaining({
        code: 'E_SCHEDULER',
        allowed: expect.stringContaining('DPMSolverMultistepScheduler'),
      }),
    );
  });

  const wrong: [string, unknown][] = [
    ['num_train_timesteps', 0],
    ['num_train_timesteps', 2.5],
    ['beta_start', -0.1],
    ['beta_end', 1],
    ['beta_end', '0.02'],
    ['beta_schedule', 'laplace'],
    ['prediction_type', 'flow_prediction'],
    ['timestep_spacing', 'logarithmic'],
    ['steps_offset', -1],
    ['clip_sample', 'yes'],
    ['trained_betas', [0.1, null]],
    ['solver_order', 4],
    ['algorithm_type', 'deis'],
  ];
  it.each(wrong)('%s %j', (key, value) => {
    const json = { _class_name: 'DDIMScheduler', [key]: value };
    expect(() => parse(json)).toThrow(
      expect.objectContaining({ code: 'E_MODEL', place: expect.stringContaining(`${PLACE}: ${key}`) }),
    );
  });

  it('a file that is no object', () => {
    expect(() => parse([])).toThrow(expect.objectContaining({ code: 'E_MODEL' }));
  });
});
