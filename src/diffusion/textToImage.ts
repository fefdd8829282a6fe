import { setImmediate as macrotask } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../core/errors.ts';
import { TorchGenerator } from '../core/random/torchGenerator.ts';
import type { SamplerSettings, SchedulerName } from '../stages/job.ts';
import { encodePrompts } from './encodePrompts.ts';
import type { RgbImage } from './images/index.ts';
import { decodeLatents, drawBatchNoise, drawNoise, type LatentSize } from './latents.ts';
import type { UNet2DConditionModel } from './models/index.ts';
import type { StableDiffusionPipeline } from './pipeline/stableDiffusionPipeline.ts';
import type { PromptStates } from './promptStates.ts';
import { createScheduler } from './schedulers/createScheduler.ts';
import type { Scheduler } from './schedulers/scheduler.ts';

/** The parts of a pipeline that making pictures takes. */
export type TextToImagePipeline = Pick<
  StableDiffusionPipeline,
  'unet' | 'vae' | 'textEncoder' | 'tokenizer' | 'schedulerConfig'
>;

export interface TextToImageRequest extends Partial<Omit<SamplerSettings, 'scheduler'>> {
  /** One batch. Every picture has its own generator, so it does not depend on its neighbours. */
  pictures: readonly { prompt: string; seed: number | bigint }[];
  /** Draws all noise for the whole batch, as diffusers does where it is given no generator; seeds are not looked at then. */
  generator?: TorchGenerator;
  /** Default: the folder's own. */
  scheduler?: SchedulerName | null;
  /** After every call of the UNet: how many there have been, of how many. */
  onStep?: (done: number, total: number) => void;
  onWarning?: (message: string) => void;
  /** Prompts encoded before, with these very weights; new ones are added. */
  promptStates?: PromptStates;
  /** Looked at between steps; its reason is thrown. */
  signal?: AbortSignal;
}

/**
 * Makes the pictures that diffusers' `StableDiffusionPipeline` makes of the same folder with
 * `torch.Generator('cpu').manual_seed(seed)` for each: steps 50 and guidance 7.5 unless given, the model's own size.
 * Between steps other tasks of the process get their turn. Fails with E_OPTION for a size the model cannot make, with
 * E_SCHEDULER for what the scheduler cannot do, with E_NOT_FINITE where the model gives no picture.
 */
export async function textToImage(
  pipeline: TextToImagePipeline,
  request: TextToImageRequest,
): Promise<RgbImage[]> {
  if (request.pictures.length === 0) return [];
  const latents = await generateLatents(pipeline, request);
  try {
    return await decodeLatents(pipeline.vae, latents);
  } finally {
    latents.dispose();
  }
}

/** The same up to the latents [B, h, w, C] that the VAE would decode (before division by its scaling factor). */
export async function generateLatents(
  pipeline: TextToImagePipeline,
  request: TextToImageRequest,
): Promise<tf.Tensor4D> {
  const { guidanceScale = 7.5, numInferenceSteps = 50, signal } = request;
  if (!Number.isFinite(guidanceScale)) {
    throw new SweetspotError('E_OPTION', 'not a guidance scale', {
      place: 'guidance_scale',
      allowed: 'a number',
      got: `${guidanceScale}`,
    });
  }
  const size = latentSize(pipeline, request);
  const draw = noiseSource(request, size);
  const scheduler = createScheduler(request.scheduler ?? null, pipeline.schedulerConfig, numInferenceSteps);
  const guided = guidanceScale > 1;
  const context = encodeContext(pipeline, request, guided);
  let latents = tf.tidy(() => tf.mul<tf.Tensor4D>(draw(), scheduler.initNoiseSigma));
  try {
    const total = scheduler.timesteps.length;
    for (let i = 0; i < total; i++) {
      signal?.throwIfAborted();
      const next = tf.tidy(() => {
        const output = predict(pipeline.unet, scheduler, i, latents, context, guided ? guidanceScale : null);
        const noise = scheduler.needsNoise(i) ? draw() : undefined;
        return scheduler.step(output, i, latents, noise);
      });
      latents.dispose();
      latents = next;
      request.onStep?.(i + 1, total);
      await macrotask();
    }
    return latents;
  } catch (error) {
    latents.dispose();
    throw error;
  } finally {
    scheduler.dispose();
    context.dispose();
  }
}

/** Gives unit noise [B, h, w, C], fresh at every call. */
function noiseSource({ pictures, generator }: TextToImageRequest, size: LatentSize): () => tf.Tensor4D {
  if (generator) return () => drawBatchNoise(generator, pictures.length, size);
  const generators = pictures.map(({ seed }) => new TorchGenerator(seed));
  return () => drawNoise(generators, size);
}

/** [B, T, C], or [2B, T, C] with the negative prompt's half first. */
function encodeContext(
  pipeline: TextToImagePipeline,
  request: TextToImageRequest,
  guided: boolean,
): tf.Tensor3D {
  const prompts = request.pictures.map(({ prompt }) => prompt);
  const negative = guided ? prompts.map(() => request.negativePrompt ?? '') : [];
  const { onWarning, promptStates: known } = request;
  return encodePrompts(pipeline, [...negative, ...prompts], {
    ...(onWarning && { onWarning }),
    ...(known && { known }),
  });
}

/** The UNet's output at step `i`, with classifier-free guidance (Ho and Salimans 2022) unless `guidance` is null. */
function predict(
  unet: UNet2DConditionModel,
  scheduler: Scheduler,
  i: number,
  latents: tf.Tensor4D,
  context: tf.Tensor3D,
  guidance: number | null,
): tf.Tensor4D {
  const scaled = scheduler.scaleModelInput(latents, i);
  const input = guidance === null ? scaled : tf.concat([scaled, scaled]);
  const timesteps = tf.fill<tf.Rank.R1>([input.shape[0]], scheduler.timesteps[i] ?? 0);
  const output = unet.infer(input, timesteps, context);
  if (guidance === null) return output;
  const [without, withPrompt] = tf.split(output, 2) as [tf.Tensor4D, tf.Tensor4D];
  return tf.add(without, tf.mul(tf.sub(withPrompt, without), guidance));
}

function latentSize({ unet, vae }: TextToImagePipeline, { width, height }: TextToImageRequest): LatentSize {
  const factor = 2 ** (vae.config.blockOutChannels.length - 1);
  const own = unet.config.sampleSize;
  const side = (pixels: number | null | undefined, place: string): number => {
    const value = pixels ?? (own === null ? Number.NaN : own * factor);
    if (Number.isInteger(value) && value > 0 && value % factor === 0) return value / factor;
    const nearest = Math.max(1, Math.round(value / factor)) * factor;
    throw new SweetspotError('E_OPTION', 'the model cannot make a picture of this size', {
      place,
      allowed: `width and height in multiples of ${factor} pixels`,
      got: Number.isNaN(value) ? 'none, and the model names none' : `${value}`,
      ...(Number.isFinite(nearest) ? { hint: `The nearest is ${nearest}.` } : {}),
    });
  };
  return { height: side(height, 'height'), width: side(width, 'width'), channels: unet.config.inChannels };
}
