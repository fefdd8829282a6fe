import { canonicalJson } from '../core/canonicalJson.ts';

/** The options of a training that say whether an average of its weights is kept, and how. */
export interface EmaFields {
  /** Whether pictures are made from a moving average of the weights. */
  useEma: boolean;
  emaDecay: number;
  emaMinDecay: number;
  emaUpdateAfterStep: number;
  useEmaWarmup: boolean;
  emaInvGamma: number;
  emaPower: number;
}

/** How the average of the weights is taken: the arguments of diffusers' EMAModel. */
export interface EmaOptions {
  /** Largest decay. */
  decay: number;
  minDecay: number;
  /** Optimizer updates during which the average is the weights themselves. */
  updateAfterStep: number;
  /** The decay rises as 1 - (1 + step / invGamma) ^ -power instead of (1 + step) / (10 + step). */
  useEmaWarmup: boolean;
  invGamma: number;
  power: number;
}

/** The options' own average as it takes effect; null where none is kept. */
export function emaOf(options: EmaFields): EmaOptions | null {
  const { useEma, emaDecay, emaMinDecay, emaUpdateAfterStep, useEmaWarmup, emaInvGamma, emaPower } = options;
  if (!useEma) return null;
  return {
    decay: emaDecay,
    minDecay: emaMinDecay,
    updateAfterStep: emaUpdateAfterStep,
    useEmaWarmup,
    invGamma: useEmaWarmup ? emaInvGamma : EMA_DEFAULTS.emaInvGamma,
    power: useEmaWarmup ? emaPower : EMA_DEFAULTS.emaPower,
  };
}

/** Whether an option, by its name in a sweep file, is about the average alone. */
export const isOfEma = (name: string): boolean => /^(use_)?ema_|^use_ema$/.test(name);

export const isSameEma = (a: EmaOptions, b: EmaOptions): boolean => canonicalJson(a) === canonicalJson(b);

/** No average; the rest as EMAModel has it. */
export const EMA_DEFAULTS = {
  useEma: false,
  emaDecay: 0.9999,
  emaMinDecay: 0,
  emaUpdateAfterStep: 0,
  useEmaWarmup: false,
  emaInvGamma: 1,
  emaPower: 2 / 3,
} as const satisfies EmaFields;
