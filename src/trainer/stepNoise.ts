import type { TorchGenerator } from '../core/random/torchGenerator.ts';
import type { Moments } from './latents.ts';
import type { NoiseProcess } from './noiseProcess.ts';

export interface StepNoiseOptions {
  process: NoiseProcess;
  /** Factor of the VAE's latents. */
  scalingFactor: number;
  offsetNoise: boolean;
  /** Whether the VAE's middle block has attention; torch's layout of the latents depends on it. */
  vaeHasAttention: boolean;
}

/** What one step feeds to the UNet and wants back; values in [B, H, W, C] order. */
export interface NoisyBatch {
  shape: [number, number, number, number];
  noisy: Float32Array;
  target: Float32Array;
  timesteps: Int32Array;
}

/** Strength of the noise that is equal over a whole channel; fixed in the script. */
const OFFSET_NOISE = Math.fround(0.1);

/**
 * Draws everything random of one step from the training's one stream, in the script's order: the sample from the
 * VAE's moments, the noise, with offset noise one value per item and channel, the timesteps. The draws
 * are those of [B, C, H, W] tensors (but see {@link isChannelsLast}), the arithmetic is float32 as there.
 */
export function drawStep(
  moments: Moments[],
  options: StepNoiseOptions,
  generator: TorchGenerator,
): NoisyBatch {
  const { process, scalingFactor, offsetNoise } = options;
  const [height, width, channels] = shapeOf(moments);
  const perItem = height * width * channels;
  const count = moments.length * perItem;
  const toNhwc = nhwcOrder(height * width, channels);
  const sampleNoise = generator.randn(count);
  const channelsLast = isChannelsLast(moments, options);
  const plainNoise = channelsLast ? scalarRandn(generator, count) : generator.randn(count);
  const offsets = offsetNoise ? generator.randn(moments.length * channels) : null;
  const timesteps = generator.randint(0, process.alphasCumprod.length, moments.length);

  const noisy = new Float32Array(count);
  const target = new Float32Array(count);
  const scale = Math.fround(scalingFactor);
  moments.forEach(({ mean, std }, item) => {
    const alpha = process.alphasCumprod[timesteps[item] ?? 0] ?? 0;
    const signal = Math.fround(Math.sqrt(alpha));
    const sigma = Math.fround(Math.sqrt(Math.fround(1 - alpha)));
    for (let i = 0; i < perItem; i++) {
      const at = item * perItem + i;
      const drawn = item * perItem + (toNhwc[i] ?? 0);
      const sampled = Math.fround((std[i] ?? 0) * (sampleNoise[drawn] ?? 0));
      const latent = Math.fround(Math.fround((mean[i] ?? 0) + sampled) * scale);
      let noise = plainNoise[channelsLast ? at : drawn] ?? 0;
      if (offsets)
        noise = Math.fround(
          noise + Math.fround(OFFSET_NOISE * (offsets[item * channels + (i % channels)] ?? 0)),
        );
      noisy[at] = Math.fround(signal * latent) + Math.fround(sigma * noise);
      target[at] =
        process.predictionType === 'epsilon'
          ? noise
          : Math.fround(signal * noise) - Math.fround(sigma * latent);
    }
  });
  return { shape: [moments.length, height, width, channels], noisy, target, timesteps };
}

/**
 * Whether torch holds the latents with the channels innermost. The attention in the VAE's encoder hands on a tensor in
 * that layout, and what follows keeps it whenever the batch has more than one item. `randn_like` then draws the noise
 * in the order of memory, [B, H, W, C], and value by value in double precision, for only a tensor in the usual layout
 * is filled in blocks. Observed with torch 2.13 for batches, sizes and VAEs with and without attention.
 */
function isChannelsLast(moments: Moments[], { vaeHasAttention }: StepNoiseOptions): boolean {
  const [height, width, channels] = shapeOf(moments);
  return vaeHasAttention && moments.length > 1 && height * width > 1 && channels > 1;
}

/** Normals one by one, whatever their number: torch draws fewer than 16 so, and all of a tensor in an unusual layout. */
function scalarRandn(generator: TorchGenerator, count: number): Float32Array {
  const values = new Float32Array(count);
  const piece = 8;
  for (let i = 0; i < count; i += piece) values.set(generator.randn(Math.min(piece, count - i)), i);
  return values;
}

function shapeOf(moments: Moments[]): [number, number, number] {
  return moments[0]?.shape ?? [0, 0, 0];
}

/** For each place of an item in [H, W, C] order the place of that value in [C, H, W] order. */
function nhwcOrder(pixels: number, channels: number): Int32Array {
  const order = new Int32Array(pixels * channels);
  for (let pixel = 0, i = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < channels; channel++) order[i++] = channel * pixels + pixel;
  }
  return order;
}
