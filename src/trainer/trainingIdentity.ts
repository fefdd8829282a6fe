import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonicalJson.ts';
import { sha256Hex } from '../core/hash.ts';
import type { Parameter } from '../diffusion/nn/parameter.ts';
import type { StableDiffusionPipeline } from '../diffusion/pipeline/index.ts';
import { effectiveOptions } from '../stages/effectiveOptions.ts';
import type { TrainOptions } from '../stages/job.ts';

export interface TrainingIdentity {
  pipeline: StableDiffusionPipeline;
  options: TrainOptions;
  /** Optimizer updates; matters only to schedules that depend on it. */
  horizon: number;
  instancePrompt: string;
  instanceCaptions: readonly string[] | null;
  classPrompt: string | null;
  tokenizerMaxLength: number | null;
  /** SHA-256 of the files, in the order of training. */
  instanceDigests: readonly string[];
  classDigests: readonly string[];
}

/**
 * A digest of all that a step of a training depends on; equal digests and an equal state mean equal further steps. The
 * weights of the base model are read from memory, so ask before the training changes them.
 */
export function trainingDigest(identity: TrainingIdentity): string {
  const { pipeline, options, horizon, classPrompt, ...rest } = identity;
  return sha256Hex(
    canonicalJson({
      ...rest,
      instanceDigests: [...rest.instanceDigests],
      classDigests: [...rest.classDigests],
      instanceCaptions: rest.instanceCaptions && [...rest.instanceCaptions],
      classPrompt: options.withPriorPreservation ? classPrompt : null,
      options: optionsIdentity(effectiveOptions(options, horizon)),
      ...pipelineIdentity(pipeline),
    }),
  );
}

/** Options that came later count only where they are used, so that older checkpoints can be gone on from. */
function optionsIdentity({ use8bitAdam, mixedPrecision, ...options }: TrainOptions) {
  return {
    ...options,
    ...(use8bitAdam && { use8bitAdam }),
    ...(mixedPrecision !== 'no' && { mixedPrecision }),
    // The digests of the class pictures say how many there are.
    numClassImages: null,
  };
}

/** What of a pipeline a training's steps depend on, its weights as they are in memory now. */
export function pipelineIdentity({ unet, vae, textEncoder, schedulerConfig }: StableDiffusionPipeline) {
  return {
    configs: plain([unet.config, vae.config, textEncoder.config, schedulerConfig]),
    weights: [unet, vae, textEncoder].map(model => weightsDigest(model.parameters)),
  };
}

/** Without undefined members, which have no canonical JSON. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function weightsDigest(parameters: readonly Parameter[]): string {
  const hash = createHash('sha256');
  for (const { name, shape, value } of parameters) {
    const values = value.dataSync();
    hash.update(`${name} ${shape.join('x')}\n`);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}
