import type { InversionOptions } from '../stages/job.ts';
import type { InversionChoice, TrainingOptions } from './types.ts';

/** Defaults of diffusers' textual_inversion.py, but for lr_warmup_steps (500 there) and seed (none there); off. */
export const inversionDefaults: InversionChoice = {
  textualInversionMaxTrainSteps: 0,
  textualInversionPlaceholderToken: null,
  textualInversionInitializerToken: null,
  textualInversionNumVectors: 1,
  textualInversionLearnableProperty: 'object',
  textualInversionRepeats: 100,
  textualInversionResolution: null,
  textualInversionCenterCrop: false,
  textualInversionTrainBatchSize: 16,
  textualInversionGradientAccumulationSteps: 1,
  textualInversionLearningRate: 1e-4,
  textualInversionScaleLr: false,
  textualInversionLrScheduler: 'constant',
  textualInversionLrWarmupSteps: 0,
  textualInversionLrNumCycles: 1,
  textualInversionLrScheduleSteps: null,
  textualInversionAdamBeta1: 0.9,
  textualInversionAdamBeta2: 0.999,
  textualInversionAdamWeightDecay: 1e-2,
  textualInversionAdamEpsilon: 1e-8,
  textualInversionSeed: 0,
};

/** Updates of a textual inversion whose block does not say: the script's default. */
export const INVERSION_STEPS = 5000;

/** The textual inversion that a trial begins with; null without one. */
export function inversionOf(
  options: TrainingOptions,
): { options: InversionOptions; maxTrainSteps: number } | null {
  const {
    textualInversionMaxTrainSteps: maxTrainSteps,
    textualInversionPlaceholderToken: placeholderToken,
    textualInversionInitializerToken: initializerToken,
  } = options;
  if (maxTrainSteps === 0 || placeholderToken === null || initializerToken === null) return null;
  return {
    maxTrainSteps,
    options: {
      placeholderToken,
      initializerToken,
      numVectors: options.textualInversionNumVectors,
      learnableProperty: options.textualInversionLearnableProperty,
      repeats: options.textualInversionRepeats,
      resolution: options.textualInversionResolution ?? options.resolution,
      centerCrop: options.textualInversionCenterCrop,
      trainBatchSize: options.textualInversionTrainBatchSize,
      gradientAccumulationSteps: options.textualInversionGradientAccumulationSteps,
      learningRate: options.textualInversionLearningRate,
      scaleLr: options.textualInversionScaleLr,
      lrScheduler: options.textualInversionLrScheduler,
      lrWarmupSteps: options.textualInversionLrWarmupSteps,
      lrNumCycles: options.textualInversionLrNumCycles,
      lrScheduleSteps: options.textualInversionLrScheduleSteps,
      adamBeta1: options.textualInversionAdamBeta1,
      adamBeta2: options.textualInversionAdamBeta2,
      adamWeightDecay: options.textualInversionAdamWeightDecay,
      adamEpsilon: options.textualInversionAdamEpsilon,
      seed: options.textualInversionSeed,
    },
  };
}
