import type { AverageValues } from '../compute/graph/compiledTraining.ts';
import { changeValues } from '../compute/values.ts';
import type { EmaOptions } from '../stages/ema.ts';
import type { AverageHome } from './stepComputation.ts';
import { type TrainedGroup, weightsOf } from './trainedGroups.ts';

/**
 * The decay of optimizer update `update`, counted from 1 (diffusers `training_utils.py`, EMAModel.get_decay): 0 up to and
 * with the first one that counts, so that the average starts as the weights then are.
 */
export function emaDecayAt(options: EmaOptions, update: number): number {
  const step = Math.max(0, update - options.updateAfterStep - 1);
  if (step === 0) return 0;
  const rising = options.useEmaWarmup
    ? 1 - (1 + step / options.invGamma) ** -options.power
    : (1 + step) / (10 + step);
  return Math.max(Math.min(rising, options.decay), options.minDecay);
}

/**
 * An exponential moving average of trained weights, in the arithmetic of diffusers' EMAModel in float32. Training does not
 * see it: several may be kept of one training.
 */
export class EmaWeights {
  readonly options: EmaOptions;
  readonly #groups: readonly TrainedGroup[];
  readonly #homeNow: () => AverageHome | null;
  /** In the variables' order and layout; null while a home has them. */
  #shadows: Float32Array[] | null;
  /** The one that has them. */
  #home: AverageHome | null = null;

  /**
   * Starts as the weights are.
   * @param home where the average can be computed at the moment, if not here
   */
  constructor(groups: readonly TrainedGroup[], options: EmaOptions, home = (): AverageHome | null => null) {
    this.options = options;
    this.#groups = groups;
    this.#homeNow = home;
    this.#shadows = weightsOf(groups).map(weight => Float32Array.from(weight.peek()));
  }

  /** Takes the weights of optimizer update `update` (from 1) in. */
  update(update: number): void {
    const rest = Math.fround(1 - emaDecayAt(this.options, update));
    const home = this.#home ?? this.#homeNow();
    if (home) {
      home.update(rest, this.#shadows && this.#byWeight(this.#shadows));
      this.#home = home;
      this.#shadows = null;
      return;
    }
    const shadows = this.#here();
    weightsOf(this.#groups).forEach((weight, i) => {
      const shadow = shadows[i] ?? new Float32Array();
      const values = weight.peek();
      for (let k = 0; k < shadow.length; k++) {
        const old = shadow[k] as number;
        shadow[k] = old - Math.fround(rest * Math.fround(old - (values[k] as number)));
      }
    });
  }

  /** Runs `use` while the parameters hold the average, and puts the weights back; what `use` writes becomes the average. */
  async worn<T>(use: () => Promise<T>): Promise<T> {
    this.#exchange();
    try {
      return await use();
    } finally {
      this.#exchange();
    }
  }

  /** The values, taken back from their home. */
  #here(): Float32Array[] {
    const values = this.#home?.take();
    this.#home = null;
    this.#shadows ??= weightsOf(this.#groups).map(weight => values?.get(weight) ?? new Float32Array());
    return this.#shadows;
  }

  #byWeight(shadows: readonly Float32Array[]): AverageValues {
    return new Map(weightsOf(this.#groups).map((weight, i) => [weight, shadows[i] ?? new Float32Array()]));
  }

  #exchange(): void {
    const shadows = this.#here();
    weightsOf(this.#groups).forEach(({ value: variable }, i) => {
      const shadow = shadows[i] ?? new Float32Array();
      changeValues(variable, values => {
        for (let k = 0; k < shadow.length; k++) {
          const value = values[k] as number;
          values[k] = shadow[k] as number;
          shadow[k] = value;
        }
      });
    });
  }
}
