import { SweetspotError } from '../../core/errors.ts';
import type { SchedulerName } from '../../stages/job.ts';
import { SCHEDULER_CLASSES } from '../../stages/schedulers.ts';
import { ConfigReader } from './configReader.ts';

export { SCHEDULER_CLASSES };

export type PredictionType = 'epsilon' | 'v_prediction' | 'sample';
export type BetaSchedule = 'linear' | 'scaled_linear' | 'squaredcos_cap_v2' | 'sigmoid';
export type TimestepSpacing = 'leading' | 'linspace' | 'trailing';
export type AlgorithmType = 'dpmsolver++' | 'dpmsolver' | 'sde-dpmsolver++' | 'sde-dpmsolver';

/** Every option of the six scheduler classes; a class looks only at its own. */
export interface SchedulerOptions {
  numTrainTimesteps: number;
  betaStart: number;
  betaEnd: number;
  betaSchedule: BetaSchedule;
  /** One beta a training timestep; takes the place of the three above. */
  trainedBetas: readonly number[] | null;
  rescaleBetasZeroSnr: boolean;
  predictionType: PredictionType;
  timestepSpacing: TimestepSpacing;
  stepsOffset: number;
  clipSample: boolean;
  clipSampleRange: number;
  thresholding: boolean;
  dynamicThresholdingRatio: number;
  sampleMaxValue: number;
  setAlphaToOne: boolean;
  skipPrkSteps: boolean;
  varianceType: string | null;
  useKarrasSigmas: boolean;
  useExponentialSigmas: boolean;
  useBetaSigmas: boolean;
  useLuLambdas: boolean;
  useFlowSigmas: boolean;
  sigmaMin: number | null;
  sigmaMax: number | null;
  finalSigmasType: 'zero' | 'sigma_min';
  interpolationType: 'linear' | 'log_linear';
  timestepType: 'discrete' | 'continuous';
  solverOrder: number;
  algorithmType: AlgorithmType;
  solverType: 'midpoint' | 'heun';
  lowerOrderFinal: boolean;
  eulerAtFinal: boolean;
  lambdaMinClipped: number;
}

/** A parsed `scheduler/scheduler_config.json`. */
export interface SchedulerConfig {
  /** The folder's own scheduler. */
  name: SchedulerName;
  /** What the file says, without what it leaves to a class's defaults: only this goes over to another class. */
  explicit: Partial<SchedulerOptions>;
  /** The file as it was, for writing it again. */
  json: Readonly<Record<string, unknown>>;
}

/**
 * Parses `scheduler/scheduler_config.json`. Keys listed in `_use_default_values` count as not written, as in diffusers'
 * `ConfigMixin.extract_init_dict`. A class that is not among {@link SCHEDULER_CLASSES} fails with E_SCHEDULER, a value
 * that cannot be with E_MODEL.
 *
 * @param place names the file in errors
 * @param className the class `model_index.json` names, which counts more than the file's own `_class_name`
 */
export function parseSchedulerConfig(json: unknown, place: string, className?: string): SchedulerConfig {
  const read = new ConfigReader(json, place);
  const values = json as Readonly<Record<string, unknown>>;
  const name = schedulerOfClass(className ?? read.raw('_class_name'), place);
  const defaults = read.raw('_use_default_values');
  const left = new Set<unknown>(Array.isArray(defaults) ? defaults : []);
  const explicit: Record<string, unknown> = {};
  for (const [key, [field, parse]] of Object.entries(KEYS)) {
    if (read.raw(key) !== undefined && !left.has(key)) explicit[field] = parse(read, key);
  }
  return { name, explicit: explicit as Partial<SchedulerOptions>, json: values };
}

function schedulerOfClass(className: unknown, place: string): SchedulerName {
  const name =
    typeof className === 'string' && Object.hasOwn(SCHEDULER_CLASSES, className)
      ? SCHEDULER_CLASSES[className]
      : undefined;
  if (name !== undefined) return name;
  throw new SweetspotError('E_SCHEDULER', 'unknown scheduler class', {
    place: `${place}: _class_name`,
    allowed: Object.keys(SCHEDULER_CLASSES).join(', '),
    got: JSON.stringify(className)?.slice(0, 60) ?? 'nothing',
    hint: 'Convert the folder with one of these classes (from_config, save_pretrained).',
  });
}

type Parse = (read: ConfigReader, key: string) => unknown;

const boolean: Parse = (read, key) => (read.raw(key) === null ? false : read.boolean(key, false));
const positive: Parse = (read, key) => read.positive(key, 1);
const text: Parse = (read, key) => {
  if (typeof read.raw(key) !== 'string') throw read.error(key, 'a text');
  return read.raw(key);
};
const oneOf =
  (...allowed: [string, ...string[]]): Parse =>
  (read, key) =>
    read.oneOf(key, allowed[0], allowed);
const integer =
  (min: number, max: number): Parse =>
  (read, key) =>
    read.integer(key, min, { min, max });
const orNull =
  (parse: Parse): Parse =>
  (read, key) =>
    read.raw(key) === null ? null : parse(read, key);

const isBeta = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value < 1;
const beta: Parse = (read, key) => {
  if (!isBeta(read.raw(key))) throw read.error(key, 'a number from 0 to below 1');
  return read.raw(key);
};
const betas: Parse = (read, key) => {
  const value = read.raw(key);
  if (!Array.isArray(value) || value.length === 0 || !value.every(isBeta)) {
    throw read.error(key, 'a list of numbers from 0 to below 1');
  }
  return value;
};
/** diffusers writes its default, minus infinity, which readers of strict JSON hand on as null or as text. */
const lambda: Parse = (read, key) => {
  const value = read.raw(key);
  if (value === null || value === '-Infinity' || value === Number.NEGATIVE_INFINITY)
    return Number.NEGATIVE_INFINITY;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw read.error(key, 'a number');
  return value;
};

const KEYS: Readonly<Record<string, readonly [keyof SchedulerOptions, Parse]>> = {
  num_train_timesteps: ['numTrainTimesteps', integer(1, 100_000)],
  beta_start: ['betaStart', beta],
  beta_end: ['betaEnd', beta],
  beta_schedule: ['betaSchedule', oneOf('linear', 'scaled_linear', 'squaredcos_cap_v2', 'sigmoid')],
  trained_betas: ['trainedBetas', orNull(betas)],
  rescale_betas_zero_snr: ['rescaleBetasZeroSnr', boolean],
  prediction_type: ['predictionType', oneOf('epsilon', 'v_prediction', 'sample')],
  timestep_spacing: ['timestepSpacing', oneOf('leading', 'linspace', 'trailing')],
  steps_offset: ['stepsOffset', integer(0, 100_000)],
  clip_sample: ['clipSample', boolean],
  clip_sample_range: ['clipSampleRange', positive],
  thresholding: ['thresholding', boolean],
  dynamic_thresholding_ratio: ['dynamicThresholdingRatio', positive],
  sample_max_value: ['sampleMaxValue', positive],
  set_alpha_to_one: ['setAlphaToOne', boolean],
  skip_prk_steps: ['skipPrkSteps', boolean],
  variance_type: ['varianceType', orNull(text)],
  use_karras_sigmas: ['useKarrasSigmas', boolean],
  use_exponential_sigmas: ['useExponentialSigmas', boolean],
  use_beta_sigmas: ['useBetaSigmas', boolean],
  use_lu_lambdas: ['useLuLambdas', boolean],
  use_flow_sigmas: ['useFlowSigmas', boolean],
  sigma_min: ['sigmaMin', orNull(positive)],
  sigma_max: ['sigmaMax', orNull(positive)],
  final_sigmas_type: ['finalSigmasType', oneOf('zero', 'sigma_min')],
  interpolation_type: ['interpolationType', oneOf('linear', 'log_linear')],
  timestep_type: ['timestepType', oneOf('discrete', 'continuous')],
  solver_order: ['solverOrder', integer(1, 3)],
  algorithm_type: ['algorithmType', oneOf('dpmsolver++', 'dpmsolver', 'sde-dpmsolver++', 'sde-dpmsolver')],
  solver_type: ['solverType', oneOf('midpoint', 'heun')],
  lower_order_final: ['lowerOrderFinal', boolean],
  euler_at_final: ['eulerAtFinal', boolean],
  lambda_min_clipped: ['lambdaMinClipped', lambda],
};
