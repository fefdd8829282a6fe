import type { SchedulerName } from '../../stages/job.ts';
import type { SchedulerConfig, SchedulerOptions } from '../config/schedulerConfig.ts';

/** Options with every default spelled out, and the scheduler they are for. */
export interface ResolvedSchedulerOptions extends SchedulerOptions {
  name: SchedulerName;
}

/**
 * What `X.from_config(pipe.scheduler.config)` gives in diffusers for the scheduler `name`: the keys written in the
 * folder's file that X knows, and X's own defaults for the rest; values that were only defaults of the folder's class are
 * not carried over. With `name` null it is the pipeline's own scheduler as `StableDiffusionPipeline` holds it.
 *
 * `StableDiffusionPipeline`'s constructor repairs old files before that: `steps_offset` other than 1 becomes 1, and
 * `clip_sample` true becomes false. A written value stays written, so the repair goes over to X; a default does not.
 */
export function schedulerOptions(
  name: SchedulerName | null,
  config: SchedulerConfig,
): ResolvedSchedulerOptions {
  const explicit = { ...config.explicit };
  if (explicit.stepsOffset !== undefined) explicit.stepsOffset = 1;
  if (explicit.clipSample !== undefined) explicit.clipSample = false;
  if (name !== null) return withDefaults(name, explicit);
  return { ...withDefaults(config.name, explicit), stepsOffset: 1, clipSample: false };
}

/**
 * What `DDPMScheduler.from_pretrained(folder, subfolder='scheduler')` gives, which is what the training script noises
 * with: no pipeline is built, nothing is repaired.
 */
export function trainingSchedulerOptions(config: SchedulerConfig): ResolvedSchedulerOptions {
  return withDefaults('ddpm', config.explicit);
}

/** A scheduler constructed with these options alone. */
export function withDefaults(
  name: SchedulerName,
  explicit: Partial<SchedulerOptions>,
): ResolvedSchedulerOptions {
  const known = new Set<string>([...COMMON_KEYS, ...CLASS_KEYS[name]]);
  const written = Object.fromEntries(Object.entries(explicit).filter(([key]) => known.has(key)));
  return { ...DEFAULTS, ...CLASS_DEFAULTS[name], ...written, name };
}

const DEFAULTS: SchedulerOptions = {
  numTrainTimesteps: 1000,
  betaStart: 0.0001,
  betaEnd: 0.02,
  betaSchedule: 'linear',
  trainedBetas: null,
  rescaleBetasZeroSnr: false,
  predictionType: 'epsilon',
  timestepSpacing: 'leading',
  stepsOffset: 0,
  clipSample: false,
  clipSampleRange: 1,
  thresholding: false,
  dynamicThresholdingRatio: 0.995,
  sampleMaxValue: 1,
  setAlphaToOne: false,
  skipPrkSteps: false,
  varianceType: null,
  useKarrasSigmas: false,
  useExponentialSigmas: false,
  useBetaSigmas: false,
  useLuLambdas: false,
  useFlowSigmas: false,
  sigmaMin: null,
  sigmaMax: null,
  finalSigmasType: 'zero',
  interpolationType: 'linear',
  timestepType: 'discrete',
  solverOrder: 2,
  algorithmType: 'dpmsolver++',
  solverType: 'midpoint',
  lowerOrderFinal: true,
  eulerAtFinal: false,
  lambdaMinClipped: Number.NEGATIVE_INFINITY,
};

const CLASS_DEFAULTS: Readonly<Record<SchedulerName, Partial<SchedulerOptions>>> = {
  ddpm: { clipSample: true, varianceType: 'fixed_small' },
  ddim: { clipSample: true, setAlphaToOne: true },
  pndm: {},
  lms: { timestepSpacing: 'linspace' },
  euler: { timestepSpacing: 'linspace' },
  'dpm-solver-multistep': { timestepSpacing: 'linspace' },
};

type Keys = readonly (keyof SchedulerOptions)[];

const COMMON_KEYS: Keys = [
  'numTrainTimesteps',
  'betaStart',
  'betaEnd',
  'betaSchedule',
  'trainedBetas',
  'predictionType',
  'timestepSpacing',
  'stepsOffset',
];
const CLIPPING: Keys = ['clipSample', 'clipSampleRange'];
const THRESHOLDING: Keys = ['thresholding', 'dynamicThresholdingRatio', 'sampleMaxValue'];
const SIGMAS: Keys = ['useKarrasSigmas', 'useExponentialSigmas', 'useBetaSigmas', 'sigmaMin', 'sigmaMax'];

/** The keys a class takes besides the common ones. */
const CLASS_KEYS: Readonly<Record<SchedulerName, Keys>> = {
  ddpm: [...CLIPPING, ...THRESHOLDING, 'varianceType', 'rescaleBetasZeroSnr'],
  ddim: [...CLIPPING, ...THRESHOLDING, 'setAlphaToOne', 'rescaleBetasZeroSnr'],
  pndm: ['skipPrkSteps', 'setAlphaToOne'],
  lms: SIGMAS,
  euler: [...SIGMAS, 'rescaleBetasZeroSnr', 'finalSigmasType', 'interpolationType', 'timestepType'],
  'dpm-solver-multistep': [
    ...SIGMAS,
    ...THRESHOLDING,
    'rescaleBetasZeroSnr',
    'finalSigmasType',
    'varianceType',
    'useLuLambdas',
    'useFlowSigmas',
    'solverOrder',
    'algorithmType',
    'solverType',
    'lowerOrderFinal',
    'eulerAtFinal',
    'lambdaMinClipped',
  ],
};
