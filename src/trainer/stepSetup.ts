import type { AdamWOptions } from '../compute/optimizer/adamw.ts';
import type { UNet2DConditionModel } from '../diffusion/models/index.ts';
import type { TrainOptions } from '../stages/job.ts';
import type { Conditioning } from './stepLoss.ts';
import type { TrainedGroup } from './trainedGroups.ts';

/** What a computation of training steps works on. */
export interface StepSetup {
  unet: UNet2DConditionModel;
  prompts: Conditioning;
  groups: readonly TrainedGroup[];
  /** Parts whose weights the loss uses and nobody trains. */
  frozen: readonly TrainedGroup[];
  options: Pick<
    TrainOptions,
    | 'adamBeta1'
    | 'adamBeta2'
    | 'adamEpsilon'
    | 'adamWeightDecay'
    | 'maxGradNorm'
    | 'gradientAccumulationSteps'
  > & { use8bitAdam?: boolean };
  /** Computes segments of the networks again in the backward pass in place of keeping what lies inside. */
  gradientCheckpointing: boolean;
  /** The kind of training and what its networks are built from: all that decides what the loss computes; any JSON value. */
  identity: unknown;
}

export const optimizerOptions = ({ options }: StepSetup): AdamWOptions => ({
  beta1: options.adamBeta1,
  beta2: options.adamBeta2,
  eps: options.adamEpsilon,
  weightDecay: options.adamWeightDecay,
  eightBits: options.use8bitAdam ?? false,
});
