import type { VaeConfig } from '../../diffusion/config/vaeConfig.ts';
import { POCKET_SIZE } from './clipRecipe.ts';

/**
 * The pocket's VAE: 64x64 pixels to 16x16 latents. Narrow where pictures are large, and without attention, which has little
 * to add to pictures this small: a step costs a third of that of [32, 64, 64] with it. The scaling factor is measured when it
 * is trained.
 */
export const VAE_CONFIG: VaeConfig = {
  inChannels: 3,
  outChannels: 3,
  blockOutChannels: [24, 48, 64],
  layersPerBlock: 1,
  latentChannels: 4,
  normNumGroups: 8,
  sampleSize: POCKET_SIZE,
  scalingFactor: 1,
  useQuantConv: true,
  usePostQuantConv: true,
  midBlockAddAttention: false,
};

export const VAE_TRAINING = {
  batchSize: 4,
  /** More of the pictures than elsewhere have two things: more to draw in each. */
  pairs: 0.3,
  learningRate: 1.2e-3,
  warmupSteps: 200,
  decay: 0.4,
  weightDecay: 1e-4,
  maxGradNorm: 1,
} as const;

/** The decoder alone, for latents that stay as they are. */
export const DECODER_TRAINING = {
  ...VAE_TRAINING,
  learningRate: 8e-4,
  warmupSteps: 50,
  /** Noise added to the latents, as a share of their spread: what the UNet will give is not exact. */
  latentNoise: 0.02,
} as const;

export const VAE_BETAS = { adamBeta1: 0.9, adamBeta2: 0.99, adamEpsilon: 1e-8 } as const;
