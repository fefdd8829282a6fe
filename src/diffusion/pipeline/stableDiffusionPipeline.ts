import type { SchedulerConfig } from '../config/schedulerConfig.ts';
import type { AutoencoderKL, CLIPTextModel, UNet2DConditionModel } from '../models/index.ts';
import type { CLIPTokenizer } from '../tokenizer/clipTokenizer.ts';

/** A Stable Diffusion v1 or v2 in memory: float32 weights, and the folder that they came from. */
export interface StableDiffusionPipeline {
  /** The model folder; saving takes from it what is not in memory: tokenizer files, scheduler config. */
  readonly dir: string;
  readonly unet: UNet2DConditionModel;
  readonly vae: AutoencoderKL;
  readonly textEncoder: CLIPTextModel;
  readonly tokenizer: CLIPTokenizer;
  readonly schedulerConfig: SchedulerConfig;
  /** Frees all weights. */
  dispose(): void;
}

export type PipelinePart = 'unet' | 'vae' | 'textEncoder' | 'tokenizer' | 'scheduler';

type FieldOf<P extends PipelinePart> = P extends 'scheduler' ? 'schedulerConfig' : Exclude<P, 'scheduler'>;

/** A pipeline of which only some parts were loaded. */
export type PartialPipeline<P extends PipelinePart> = Pick<
  StableDiffusionPipeline,
  'dir' | 'dispose' | FieldOf<P>
>;
