import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../../src/compute/backend.ts';
import { TorchGenerator } from '../../../src/core/random/torchGenerator.ts';
import { parseClipTextConfig } from '../../../src/diffusion/config/clipTextConfig.ts';
import { parseUnetConfig } from '../../../src/diffusion/config/unetConfig.ts';
import { parseVaeConfig } from '../../../src/diffusion/config/vaeConfig.ts';
import { initializeClipText } from '../../../src/diffusion/models/clip/initializeClipText.ts';
import { AutoencoderKL, CLIPTextModel, UNet2DConditionModel } from '../../../src/diffusion/models/index.ts';
import { initializeLikeTorch } from '../../../src/diffusion/nn/initialize.ts';
import { BACKENDS } from '../../support/backends.ts';
import { fromNchw, relativeDifference, toNchw } from './torchLayout.ts';

interface Recorded {
  shape: number[];
  values: number[];
}
interface RecordedClip {
  config: object;
  seed: number;
  ids: number[][];
  output: Recorded;
}
interface Golden {
  unet: Record<
    string,
    {
      config: { in_channels?: number; cross_attention_dim: number | number[] };
      seed: number;
      size: [number, number];
      tokens: number;
      timesteps: number[];
      output: Recorded;
    }
  >;
  vae: Record<
    string,
    {
      config: object;
      seed: number;
      size: [number, number];
      mean: Recorded;
      logvar: Recorded;
      decoded: Recorded;
    }
  >;
  clip: Record<string, RecordedClip>;
  clipAsMade: Record<string, RecordedClip>;
}

const golden = JSON.parse(
  readFileSync(new URL('../../golden/networks/networks.json', import.meta.url), 'utf8'),
) as Golden;

/** Of the largest value; the largest seen is 1.4e-6. */
const TOLERANCE = 5e-6;

describe.each(BACKENDS)('whole networks against diffusers and transformers on %s', name => {
  beforeAll(async () => {
    await initBackend({ name });
  });

  it.each(Object.entries(golden.unet))('UNet2DConditionModel: %s', (_, recorded) => {
    const { config, size, tokens } = recorded;
    const generator = new TorchGenerator(recorded.seed);
    const model = new UNet2DConditionModel(parseUnetConfig(config, 'unet/config.json'));
    initializeLikeTorch(model.parameters, generator);
    const before = tf.memory().numTensors;
    const ours = tf.tidy(() => {
      const sample = randn(generator, [2, config.in_channels ?? 4, ...size]);
      const width = [config.cross_attention_dim].flat()[0] ?? 0;
      const context = tf.tensor3d(generator.randn(2 * tokens * width), [2, tokens, width]);
      return toNchw(model.forward(sample, tf.tensor1d(recorded.timesteps), context));
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(relativeDifference(ours, recorded.output.values)).toBeLessThan(TOLERANCE);
    model.dispose();
  });

  it.each(Object.entries(golden.vae))('AutoencoderKL: %s', (_, recorded) => {
    const generator = new TorchGenerator(recorded.seed);
    const model = new AutoencoderKL(parseVaeConfig(recorded.config, 'vae/config.json'));
    initializeLikeTorch(model.parameters, generator);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const { mean, logvar } = model.encode(randn(generator, [2, 3, ...recorded.size]));
      expect(relativeDifference(toNchw(mean), recorded.mean.values)).toBeLessThan(TOLERANCE);
      expect(relativeDifference(toNchw(logvar), recorded.logvar.values)).toBeLessThan(TOLERANCE);
      const decoded = model.decode(randn(generator, recorded.mean.shape as [number, number, number, number]));
      expect(relativeDifference(toNchw(decoded), recorded.decoded.values)).toBeLessThan(TOLERANCE);
    });
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it.each([
    ...Object.entries(golden.clip).map(([name, recorded]) => ({ name, recorded, fill: fillInOrder })),
    ...Object.entries(golden.clipAsMade).map(([name, recorded]) => ({
      name: `${name}, as transformers initialises it`,
      recorded,
      fill: initializeClipText,
    })),
  ])('CLIPTextModel: $name', ({ recorded, fill }) => {
    const generator = new TorchGenerator(recorded.seed);
    const model = new CLIPTextModel(parseClipTextConfig(recorded.config, 'text_encoder/config.json'));
    fill(model, generator);
    const drawn = generator.randint(0, model.config.vocabSize, recorded.ids.flat().length);
    expect([...drawn]).toEqual(recorded.ids.flat());
    const before = tf.memory().numTensors;
    const ours = tf.tidy(() =>
      model
        .forward(tf.tensor2d(recorded.ids, undefined, 'int32'))
        .dataSync<'float32'>()
        .slice(),
    );
    expect(tf.memory().numTensors).toBe(before);
    expect(relativeDifference(ours, recorded.output.values)).toBeLessThan(TOLERANCE);
    model.dispose();
  });
});

const randn = (generator: TorchGenerator, shape: [number, number, number, number]): tf.Tensor4D =>
  fromNchw(generator.randn(shape.reduce((a, b) => a * b)), shape);

/** As record.py fills CLIP: standard normals by 0.25, around 1 for the weights of norms. */
function fillInOrder(model: CLIPTextModel, generator: TorchGenerator): void {
  for (const parameter of model.parameters) {
    const { name, size } = parameter;
    const center = name.includes('norm') && name.endsWith('weight') ? 1 : 0;
    parameter.set(generator.randn(size).map(value => value * 0.25 + center));
  }
}
