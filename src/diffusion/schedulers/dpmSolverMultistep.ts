import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../../core/errors.ts';
import { threshold } from './clipPrediction.ts';
import { solverWeights, type VpLevel, vpLevel } from './dpmSolverWeights.ts';
import type { Scheduler } from './scheduler.ts';
import type { ResolvedSchedulerOptions } from './schedulerOptions.ts';
import { refuseUnsupported, respace, trainingSigmas } from './sigmaSchedule.ts';
import { interpolate, timestepOfSigma } from './sigmas.ts';
import { TensorHistory } from './tensorHistory.ts';
import { dpmSolverTimesteps, linspace, roundHalfEven } from './timesteps.ts';

/** With fewer steps than this the last ones fall back to a lower order (`lower_order_final`). */
const FEW_STEPS = 15;

/**
 * The multistep solvers of Lu et al. (2022), "DPM-Solver" and "DPM-Solver++", as diffusers'
 * `DPMSolverMultistepScheduler`: orders 1 to 3, by default data prediction of order 2.
 */
export function createDpmSolverMultistep(options: ResolvedSchedulerOptions, count: number): Scheduler {
  refuseOptions(options);
  return new DpmSolverMultistep(options, count);
}

class DpmSolverMultistep implements Scheduler {
  readonly name = 'dpm-solver-multistep';
  readonly initNoiseSigma = 1;
  readonly timesteps: readonly number[];
  readonly #options: ResolvedSchedulerOptions;
  readonly #levels: readonly VpLevel[];
  /** Predictions of the clean sample (dpmsolver++) or of the noise, newest first. */
  readonly #predictions: TensorHistory;

  constructor(options: ResolvedSchedulerOptions, count: number) {
    const { timesteps, sigmas } = dpmSolverSchedule(options, count);
    this.#options = options;
    this.#levels = Array.from(sigmas, vpLevel);
    this.#predictions = new TensorHistory(options.solverOrder);
    this.timesteps = timesteps;
  }

  needsNoise(): boolean {
    return this.#options.algorithmType.startsWith('sde-');
  }

  scaleModelInput<T extends tf.Tensor>(sample: T): T {
    return tf.clone(sample);
  }

  addNoise<T extends tf.Tensor>(clean: T, noise: T, i: number): T {
    const { alpha, sigma } = this.#level(i);
    return tf.tidy(() => tf.add<T>(tf.mul(clean, alpha), tf.mul(noise, sigma)));
  }

  step<T extends tf.Tensor>(output: T, i: number, sample: T, noise?: T): T {
    return tf.tidy(() => {
      this.#predictions.push(this.#predict(output, sample, this.#level(i)));
      const { algorithmType, solverType } = this.#options;
      const order = this.#orderAt(i);
      const weights = solverWeights(
        algorithmType,
        this.#level(i),
        this.#level(i + 1),
        order,
        solverType === 'heun',
      );
      const differences = this.#differences<T>(i, order);
      let next = tf.mul<T>(sample, weights.sample);
      weights.values.forEach((weight, k) => {
        const difference = differences[k];
        if (difference) next = tf.add<T>(next, tf.mul(difference, weight));
      });
      if (!this.needsNoise()) return next;
      if (!noise)
        throw new SweetspotError('E_INTERNAL', 'a stochastic step needs noise', { place: `step ${i}` });
      return tf.add<T>(next, tf.mul(noise, weights.noise));
    });
  }

  dispose(): void {
    this.#predictions.dispose();
  }

  #level(i: number): VpLevel {
    return this.#levels[i] ?? vpLevel(0);
  }

  #orderAt(i: number): number {
    const { eulerAtFinal, lowerOrderFinal, finalSigmasType, solverOrder } = this.#options;
    const steps = this.timesteps.length;
    const falls = lowerOrderFinal && steps < FEW_STEPS;
    const known = this.#predictions.length;
    if (i === steps - 1 && (eulerAtFinal || falls || finalSigmasType === 'zero')) return 1;
    return Math.min(solverOrder, known, i === steps - 2 && falls ? 2 : 3);
  }

  #predict<T extends tf.Tensor>(output: T, sample: T, { alpha, sigma }: VpLevel): T {
    const { algorithmType, predictionType, thresholding } = this.#options;
    const limit = (clean: T): T =>
      thresholding
        ? threshold(clean, this.#options.dynamicThresholdingRatio, this.#options.sampleMaxValue)
        : clean;
    const cleanFromNoise = (noise: T): T => tf.div(tf.sub(sample, tf.mul(noise, sigma)), alpha);
    const noiseFromClean = (clean: T): T => tf.div(tf.sub(sample, tf.mul(clean, alpha)), sigma);
    if (algorithmType.endsWith('++')) {
      if (predictionType === 'sample') return limit(output);
      if (predictionType === 'epsilon') return limit(cleanFromNoise(output));
      return limit(tf.sub<T>(tf.mul(sample, alpha), tf.mul(output, sigma)));
    }
    const noise = (): T => {
      if (predictionType === 'epsilon') return output;
      if (predictionType === 'sample') return noiseFromClean(output);
      return tf.add<T>(tf.mul(output, alpha), tf.mul(sample, sigma));
    };
    return thresholding ? noiseFromClean(limit(cleanFromNoise(noise()))) : noise();
  }

  /** The newest prediction and its first and second divided differences over half log-SNR, scaled by the step. */
  #differences<T extends tf.Tensor>(i: number, order: number): T[] {
    const { fround } = Math;
    const [newest, older, oldest] = this.#predictions.list<T>();
    if (!newest) return [];
    if (order === 1 || !older) return [newest];
    const [to, here, before, first] = [i + 1, i, i - 1, i - 2].map(k => this.#level(k).lambda);
    const h = fround((to ?? 0) - (here ?? 0));
    const r0 = fround(fround((here ?? 0) - (before ?? 0)) / h);
    const recent = tf.mul<T>(tf.sub(newest, older), fround(1 / r0));
    if (order === 2 || !oldest) return [newest, recent];
    const r1 = fround(fround((before ?? 0) - (first ?? 0)) / h);
    const earlier = tf.mul<T>(tf.sub(older, oldest), fround(1 / r1));
    const change = tf.sub<T>(recent, earlier);
    const sum = fround(r0 + r1);
    return [newest, tf.add<T>(recent, tf.mul(change, fround(r0 / sum))), tf.mul<T>(change, fround(1 / sum))];
  }
}

/** Timesteps, and the noise levels (float32, one more) between which the steps go. */
function dpmSolverSchedule(options: ResolvedSchedulerOptions, count: number) {
  const table = trainingSigmas(options);
  const lowest = table[0] ?? 0;
  const highest = table.at(-1) ?? 0;
  const fits = (sigma: number): boolean => -Math.log(sigma) >= options.lambdaMinClipped;
  const end = table.findLastIndex(fits) + 1;
  const last = options.finalSigmasType === 'sigma_min' ? lowest : 0;
  const respaced =
    options.useLuLambdas && !options.useKarrasSigmas
      ? linspace(Math.fround(Math.log(highest)), Math.fround(Math.log(lowest)), count).map(Math.exp)
      : respace(options, highest, lowest, count);
  if (!respaced) {
    const timesteps = dpmSolverTimesteps(options, count, end);
    return { timesteps, sigmas: Float32Array.from([...timesteps.map(t => interpolate(table, t)), last]) };
  }
  // diffusers rounds these for every beta schedule but the cosine one, and cuts them for that and for exponential spacing.
  const rounds = options.betaSchedule !== 'squaredcos_cap_v2' && !options.useExponentialSigmas;
  const timesteps = respaced
    .map(sigma => timestepOfSigma(sigma, table))
    .map(rounds ? roundHalfEven : Math.trunc);
  return { timesteps, sigmas: Float32Array.from([...respaced, last]) };
}

function refuseOptions(options: ResolvedSchedulerOptions): void {
  refuseUnsupported(options);
  const { algorithmType, finalSigmasType, solverOrder, varianceType } = options;
  const fail = (place: string, what: string, hint: string): never => {
    throw new SweetspotError('E_SCHEDULER', what, { place, hint });
  };
  if (!algorithmType.endsWith('++') && finalSigmasType === 'zero') {
    fail('final_sigmas_type', `${algorithmType} cannot end at a noise level of zero`, 'Set it to sigma_min.');
  }
  if (algorithmType === 'sde-dpmsolver' && solverOrder === 3) {
    fail('solver_order', 'sde-dpmsolver has no third order', 'Set it to 1 or 2.');
  }
  if (varianceType?.startsWith('learned')) {
    fail(
      'variance_type',
      'models that predict a variance cannot be run',
      'Only Stable Diffusion v1 and v2 can be.',
    );
  }
}
