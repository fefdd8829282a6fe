import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../../src/compute/backend.ts';
import type { Parameter } from '../../../src/diffusion/nn/parameter.ts';
import { loadPipeline, type StableDiffusionPipeline } from '../../../src/diffusion/pipeline/index.ts';
import { SafetensorsFile } from '../../../src/diffusion/safetensors/safetensorsFile.ts';
import { fromNchw, relativeDifference, toNchw } from './torchLayout.ts';

interface Expected {
  ids: number[][];
  timesteps: number[];
  timestepsFractional: number[];
  parameterCounts: { unet: number; vae: number; textEncoder: number };
  parameterNames: { unet: string[]; vae: string[]; textEncoder: string[] };
}

/** Of the largest value; the largest seen is 3.3e-6. */
const TOLERANCE = 1e-5;

describe.each(['plain', 'sd2', 'old-names', 'sharded'])('the tiny pipeline %s', name => {
  const dir = fileURLToPath(new URL(`../../golden/tiny-pipelines/${name}/`, import.meta.url));
  const expected = JSON.parse(readFileSync(`${dir}expected.json`, 'utf8')) as Expected;
  let pipeline: StableDiffusionPipeline;
  let file: SafetensorsFile;

  beforeAll(async () => {
    await initBackend();
    pipeline = await loadPipeline(dir);
    file = SafetensorsFile.open(`${dir}expected.safetensors`);
  });
  afterAll(() => {
    pipeline.dispose();
    file.close();
  });

  const picture = (key: string): tf.Tensor4D => {
    const entry = file.entries.get(key);
    return fromNchw(file.read(key), entry?.shape as [number, number, number, number]);
  };

  it.each(['unet', 'vae', 'textEncoder'] as const)("has diffusers' tensors: %s", part => {
    const { parameters } = pipeline[part];
    const names = (list: readonly Parameter[]) => list.map(parameter => parameter.name);
    expect(names(parameters).sort()).toEqual([...expected.parameterNames[part]].sort());
    expect(parameters.reduce((sum, { size }) => sum + size, 0)).toBe(expected.parameterCounts[part]);
  });

  it('UNet2DConditionModel', () => {
    const context = tf.tensor3d(
      file.read('unet.context'),
      file.entries.get('unet.context')?.shape as [number, number, number],
    );
    const runs = [
      { input: 'unet.sample', timesteps: expected.timesteps, output: 'unet.output' },
      { input: 'unet.sampleOdd', timesteps: expected.timesteps, output: 'unet.outputOdd' },
      { input: 'unet.sample', timesteps: expected.timestepsFractional, output: 'unet.outputFractional' },
    ];
    for (const { input, timesteps, output } of runs) {
      const sample = picture(input);
      const ours = tf.tidy(() => toNchw(pipeline.unet.forward(sample, tf.tensor1d(timesteps), context)));
      expect(relativeDifference(ours, file.read(output)), output).toBeLessThan(TOLERANCE);
      sample.dispose();
    }
    context.dispose();
  });

  it('AutoencoderKL', () => {
    const [pixels, latents] = [picture('vae.pixels'), picture('vae.latents')];
    const { mean, logvar } = pipeline.vae.encode(pixels);
    const decoded = pipeline.vae.decode(latents);
    for (const [key, tensor] of Object.entries({
      'vae.mean': mean,
      'vae.logvar': logvar,
      'vae.decoded': decoded,
    })) {
      expect(relativeDifference(toNchw(tensor), file.read(key)), key).toBeLessThan(TOLERANCE);
    }
    tf.dispose([pixels, latents, mean, logvar, decoded]);
  });

  it('CLIPTextModel', () => {
    const ours = tf.tidy(() =>
      pipeline.textEncoder
        .forward(tf.tensor2d(expected.ids, undefined, 'int32'))
        .dataSync<'float32'>()
        .slice(),
    );
    expect(relativeDifference(ours, file.read('text.lastHiddenState'))).toBeLessThan(TOLERANCE);
  });
});
