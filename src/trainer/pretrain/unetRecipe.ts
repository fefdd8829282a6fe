import type { UNetConfig } from '../../diffusion/config/unetConfig.ts';

/**
 * The pocket's UNet for latents of 16x16: narrow and without attention there, where a channel costs most, wide at 8 and 4,
 * where it knows the things.
 */
export const UNET_CONFIG: UNetConfig = {
  sampleSize: 16,
  inChannels: 4,
  outChannels: 4,
  centerInputSample: false,
  flipSinToCos: true,
  freqShift: 0,
  timeEmbeddingDim: 256,
  downBlockTypes: ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'],
  upBlockTypes: ['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'],
  blockOutChannels: [48, 96, 192],
  layersPerBlock: [1, 1, 1],
  transformerLayersPerBlock: [1, 1, 1],
  crossAttentionDim: [160, 160, 160],
  numAttentionHeads: [4, 4, 4],
  downsamplePadding: 1,
  midBlockScaleFactor: 1,
  normNumGroups: 16,
  normEps: 1e-5,
  useLinearProjection: false,
};

export const UNET_TRAINING = {
  batchSize: 16,
  learningRate: 8e-4,
  /** The text encoder's rate, as a share. */
  textRate: 0.3,
  warmupSteps: 200,
  decay: 0.4,
  weightDecay: 0.01,
  maxGradNorm: 1,
  /** Hang et al. 2023, Efficient diffusion training via min-SNR weighting strategy. */
  snrGamma: 5,
  /** Share of captions left out, for guidance (Ho and Salimans 2021). */
  dropout: 0.1,
  /** Pictures that batches are drawn from: each has new noise every time, but is encoded once. */
  poolSize: 20_000,
} as const;

export const UNET_BETAS = { adamBeta1: 0.9, adamBeta2: 0.99, adamEpsilon: 1e-8 } as const;

/** The average takes the weights in every so many updates. */
export const AVERAGE_EVERY = 10;

/** Of what is sampled from: forgets half in about 350 updates. */
export const AVERAGE = {
  decay: 0.98,
  minDecay: 0,
  updateAfterStep: 0,
  useEmaWarmup: false,
  invGamma: 1,
  power: 2 / 3,
} as const;

/** Stable Diffusion v1's noise, as DDPMScheduler's configuration. */
export const SCHEDULER_JSON = {
  _class_name: 'PNDMScheduler',
  _diffusers_version: '0.42.1',
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  beta_start: 0.00085,
  clip_sample: false,
  num_train_timesteps: 1000,
  prediction_type: 'epsilon',
  set_alpha_to_one: false,
  skip_prk_steps: true,
  steps_offset: 1,
  timestep_spacing: 'leading',
  trained_betas: null,
} as const;
