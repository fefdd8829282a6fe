import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../../core/errors.ts';
import { diffuse, predictNoise } from './diffusionStep.ts';
import { cumulativeAlphas } from './noiseSchedule.ts';
import type { Scheduler } from './scheduler.ts';
import type { ResolvedSchedulerOptions } from './schedulerOptions.ts';
import { combine, TensorHistory } from './tensorHistory.ts';
import { integerTimesteps } from './timesteps.ts';

const { fround } = Math;

/** Steps that begin with Runge-Kutta (four calls each, the first three replaced by twelve calls). */
const RUNGE_KUTTA_STEPS = 4;
const RUNGE_KUTTA_CALLS = 12;
const RUNGE_KUTTA_WEIGHTS = [1 / 6, 1 / 3, 1 / 3, 1 / 6];
/** Adams-Bashforth by number of derivatives known, newest first. */
const MULTISTEP_WEIGHTS = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
];

/**
 * The pseudo numerical methods of Liu et al. (2022), as diffusers' `PNDMScheduler`: a Runge-Kutta start and then a linear
 * multistep method (F-PNDM), or, with `skip_prk_steps`, the multistep method alone (PLMS, as Stable Diffusion uses it),
 * which starts with a predictor and its correction and so calls the model once more than there are steps.
 */
export function createPndm(options: ResolvedSchedulerOptions, count: number): Scheduler {
  if (options.predictionType === 'sample') {
    throw new SweetspotError('E_SCHEDULER', 'pndm cannot run a model that predicts the sample', {
      place: 'prediction_type',
      allowed: 'epsilon or v_prediction',
      got: 'sample',
      hint: 'Use another scheduler.',
    });
  }
  return new Pndm(options, count);
}

class Pndm implements Scheduler {
  readonly name = 'pndm';
  readonly initNoiseSigma = 1;
  readonly timesteps: readonly number[];
  readonly #options: ResolvedSchedulerOptions;
  readonly #alphas: Float32Array;
  readonly #stride: number;
  /** Model outputs, newest first. */
  readonly #outputs = new TensorHistory(4);
  /** The sample that the calls of one Runge-Kutta step, or predictor and correction, all start from. */
  readonly #start = new TensorHistory(1);
  readonly #slopes = new TensorHistory(4);
  #calls = 0;

  constructor(options: ResolvedSchedulerOptions, count: number) {
    const base = integerTimesteps(options, count);
    this.#options = options;
    this.#alphas = cumulativeAlphas(options);
    this.#stride = Math.floor(options.numTrainTimesteps / count);
    this.timesteps = options.skipPrkSteps
      ? [...base.slice(0, 2), ...base.slice(1)]
      : withRungeKutta(base, Math.floor(this.#stride / 2));
  }

  needsNoise(): boolean {
    return false;
  }

  scaleModelInput<T extends tf.Tensor>(sample: T): T {
    return tf.clone(sample);
  }

  addNoise<T extends tf.Tensor>(clean: T, noise: T, i: number): T {
    return diffuse(clean, noise, this.#alphaAt(this.timesteps[i] ?? 0));
  }

  step<T extends tf.Tensor>(output: T, i: number, sample: T): T {
    const timestep = this.timesteps[i] ?? 0;
    const call = this.#calls++;
    if (!this.#options.skipPrkSteps && call < RUNGE_KUTTA_CALLS)
      return this.#rungeKutta(output, call, timestep, sample);
    if (this.#options.skipPrkSteps && call === 1) return this.#correct(output, timestep);
    return this.#multistep(output, timestep, sample);
  }

  dispose(): void {
    for (const kept of [this.#outputs, this.#start, this.#slopes]) kept.dispose();
  }

  #rungeKutta<T extends tf.Tensor>(output: T, call: number, timestep: number, sample: T): T {
    const phase = call % 4;
    if (phase === 0) {
      this.#outputs.push(output);
      this.#start.push(sample);
      this.#slopes.dispose();
    }
    this.#slopes.push(output);
    const from = this.timesteps[call - phase] ?? timestep;
    const to = timestep - (phase % 2 === 0 ? Math.floor(this.#stride / 2) : 0);
    const start = this.#start.list<T>()[0] ?? sample;
    if (phase < 3) return this.#transfer(start, from, to, output);
    const slope = combine<T>(RUNGE_KUTTA_WEIGHTS, this.#slopes.list());
    const next = this.#transfer(start, from, to, slope);
    slope.dispose();
    return next;
  }

  /** The second call, at the end of the first step: the trapezoid over that step, once more from its start. */
  #correct<T extends tf.Tensor>(output: T, timestep: number): T {
    const [first] = this.#outputs.list<T>();
    const [start] = this.#start.list<T>();
    if (!first || !start) throw new SweetspotError('E_INTERNAL', 'pndm must begin with its first step');
    const slope = combine([0.5, 0.5], [output, first]);
    const next = this.#transfer(start, timestep + this.#stride, timestep, slope);
    slope.dispose();
    this.#start.dispose();
    return next;
  }

  #multistep<T extends tf.Tensor>(output: T, timestep: number, sample: T): T {
    this.#outputs.push(output);
    const weights = MULTISTEP_WEIGHTS[this.#outputs.length - 1] ?? [];
    if (this.#calls === 1) this.#start.push(sample);
    const slope = combine<T>(weights, this.#outputs.list());
    const next = this.#transfer(sample, timestep, timestep - this.#stride, slope);
    slope.dispose();
    return next;
  }

  /** Liu et al. (2022), equation 9: from one timestep to another along a model output. */
  #transfer<T extends tf.Tensor>(sample: T, from: number, to: number, output: T): T {
    const alpha = this.#alphaAt(from);
    const next = this.#alphaAt(to);
    const beta = fround(1 - alpha);
    const ofSample = fround(Math.sqrt(fround(next / alpha)));
    const product = fround(fround(alpha * beta) * next);
    const divisor = fround(fround(alpha * fround(Math.sqrt(fround(1 - next)))) + fround(Math.sqrt(product)));
    return tf.tidy(() => {
      const noise = predictNoise(this.#options.predictionType, output, sample, alpha);
      return tf.sub<T>(tf.mul(sample, ofSample), tf.div(tf.mul(noise, fround(next - alpha)), divisor));
    });
  }

  #alphaAt(timestep: number): number {
    const final = this.#options.setAlphaToOne ? 1 : (this.#alphas[0] ?? 1);
    return this.#alphas[timestep] ?? final;
  }
}

/** Twelve calls for the first three steps (begin, middle twice, end), then one for every other step. */
function withRungeKutta(base: readonly number[], half: number): number[] {
  if (base.length < RUNGE_KUTTA_STEPS) {
    throw new SweetspotError('E_SCHEDULER', 'too few steps for pndm with Runge-Kutta', {
      place: 'num_inference_steps',
      allowed: `at least ${RUNGE_KUTTA_STEPS}`,
      got: `${base.length}`,
    });
  }
  const calls = base.slice(0, RUNGE_KUTTA_STEPS - 1).flatMap((timestep, i) => {
    const end = base[i + 1] ?? 0;
    const middle = end + half;
    return [timestep, middle, middle, end];
  });
  return [...calls, ...base.slice(RUNGE_KUTTA_STEPS - 1)];
}
