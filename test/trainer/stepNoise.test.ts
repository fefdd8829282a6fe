import { describe, expect, it } from 'vitest';
import { TorchGenerator } from '../../src/core/random/torchGenerator.ts';
import type { Moments } from '../../src/trainer/latents.ts';
import type { NoiseProcess } from '../../src/trainer/noiseProcess.ts';
import { drawStep } from '../../src/trainer/stepNoise.ts';

const shape: [number, number, number] = [2, 3, 4];
const perItem = 24;
const alphasCumprod = Float32Array.from({ length: 50 }, (_, i) => 1 - (i + 1) / 60);

const moments: Moments[] = [0, 1].map(item => ({
  shape,
  mean: Float32Array.from({ length: perItem }, (_, i) => item + i / 10),
  std: Float32Array.from({ length: perItem }, (_, i) => 0.5 + i / 100),
}));

const draw = (
  predictionType: NoiseProcess['predictionType'],
  offsetNoise: boolean,
  vaeHasAttention: boolean,
) =>
  drawStep(
    moments,
    { process: { alphasCumprod, predictionType }, scalingFactor: 0.18215, offsetNoise, vaeHasAttention },
    new TorchGenerator(9),
  );

/** The same step in plain double arithmetic, one value at a time, straight from the formulas. */
function expected(
  predictionType: NoiseProcess['predictionType'],
  offsetNoise: boolean,
  channelsLast: boolean,
) {
  const generator = new TorchGenerator(9);
  const sample = generator.randn(48);
  const noise = channelsLast
    ? Array.from({ length: 48 }, () => generator.randn(1)[0] ?? 0)
    : generator.randn(48);
  const offsets = offsetNoise ? generator.randn(8) : new Float32Array(8);
  const timesteps = generator.randint(0, 50, 2);
  const noisy: number[] = [];
  const target: number[] = [];
  for (let item = 0; item < 2; item++) {
    for (let y = 0; y < 2; y++) {
      for (let x = 0; x < 3; x++) {
        for (let c = 0; c < 4; c++) {
          const nchw = ((item * 4 + c) * 2 + y) * 3 + x;
          const nhwc = (y * 3 + x) * 4 + c;
          const mean = item + nhwc / 10;
          const latent = (mean + (0.5 + nhwc / 100) * (sample[nchw] ?? 0)) * 0.18215;
          const e = (noise[channelsLast ? item * 24 + nhwc : nchw] ?? 0) + 0.1 * (offsets[item * 4 + c] ?? 0);
          const a = alphasCumprod[timesteps[item] ?? 0] ?? 0;
          noisy.push(Math.sqrt(a) * latent + Math.sqrt(1 - a) * e);
          target.push(predictionType === 'epsilon' ? e : Math.sqrt(a) * e - Math.sqrt(1 - a) * latent);
        }
      }
    }
  }
  return { noisy, target, timesteps };
}

const TORCH = {
  timesteps: [352, 857],
  noise: [
    0.12025407701730728, 0.32752490043640137, 0.906722903251648, -0.5003685355186462, 0.4353003203868866,
  ],
};

describe('drawStep', () => {
  it.each([
    ['epsilon', false, true],
    ['epsilon', true, false],
    ['v_prediction', false, false],
    ['v_prediction', true, true],
  ] as const)(
    'makes noisy latents and target, %s, offset noise %s, attention %s',
    (type, offset, attention) => {
      const got = draw(type, offset, attention);
      const wanted = expected(type, offset, attention);
      expect(got.shape).toEqual([2, ...shape]);
      expect(got.timesteps).toEqual(wanted.timesteps);
      wanted.noisy.forEach((value, i) => {
        expect(got.noisy[i]).toBeCloseTo(value, 5);
        expect(got.target[i]).toBeCloseTo(wanted.target[i] ?? Number.NaN, 5);
      });
    },
  );

  // torch 2.13: torch.manual_seed(9); randn(2, 4, 2, 3); randn_like(latents in channels_last); randint(0, 1000, (2,))
  it('consumes the stream as torch does for latents with the channels innermost', () => {
    const zero = { shape, mean: new Float32Array(perItem), std: new Float32Array(perItem) };
    const process = { alphasCumprod: new Float32Array(1000), predictionType: 'epsilon' as const };
    const options = { process, scalingFactor: 1, offsetNoise: false, vaeHasAttention: true };
    const { target, timesteps } = drawStep([zero, zero], options, new TorchGenerator(9));
    expect(Array.from(timesteps)).toEqual(TORCH.timesteps);
    TORCH.noise.forEach((value, i) => {
      expect(target[i]).toBeCloseTo(value, 6);
    });
  });
});
