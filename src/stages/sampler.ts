import type { SamplerSettings } from './job.ts';

/** Sampler settings with their size filled in. */
export type ResolvedSampler = SamplerSettings & { width: number; height: number };

/**
 * The settings as they take effect. A guidance scale of 1 or less turns classifier-free guidance off (diffusers'
 * StableDiffusionPipeline), whatever it is, and then the negative prompt is never looked at.
 */
export function effectiveSampler(sampler: ResolvedSampler): ResolvedSampler {
  const { scheduler, numInferenceSteps, guidanceScale, negativePrompt, width, height } = sampler;
  const guided = guidanceScale > 1;
  return {
    scheduler,
    numInferenceSteps,
    guidanceScale: guided ? guidanceScale : 1,
    negativePrompt: guided ? negativePrompt : '',
    width,
    height,
  };
}
