import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseClipTextConfig } from '../../../src/diffusion/config/clipTextConfig.ts';
import { parseUnetConfig } from '../../../src/diffusion/config/unetConfig.ts';
import { parseVaeConfig } from '../../../src/diffusion/config/vaeConfig.ts';
import { AutoencoderKL, CLIPTextModel, UNet2DConditionModel } from '../../../src/diffusion/models/index.ts';
import type { Parameter } from '../../../src/diffusion/nn/parameter.ts';

type Shapes = Record<string, readonly number[]>;

const golden = JSON.parse(
  readFileSync(new URL('../../golden/networks/sdv1-tensors.json', import.meta.url), 'utf8'),
) as Record<'unet' | 'vae' | 'text_encoder', Shapes>;

/** The keys of runwayml/stable-diffusion-v1-5's configuration files that differ from the class defaults. */
const unet = () =>
  new UNet2DConditionModel(parseUnetConfig({ cross_attention_dim: 768 }, 'unet/config.json'));
const vae = () =>
  new AutoencoderKL(
    parseVaeConfig(
      {
        block_out_channels: [128, 256, 512, 512],
        layers_per_block: 2,
        down_block_types: Array(4).fill('DownEncoderBlock2D'),
        up_block_types: Array(4).fill('UpDecoderBlock2D'),
      },
      'vae/config.json',
    ),
  );
const text = () =>
  new CLIPTextModel(
    parseClipTextConfig(
      { hidden_size: 768, intermediate_size: 3072, num_attention_heads: 12 },
      'text_encoder/config.json',
    ),
  );

describe("Stable Diffusion v1's tensors", () => {
  it.each([
    { name: 'unet', build: unet, expected: golden.unet, tensors: 686, values: 859_520_964 },
    { name: 'vae', build: vae, expected: golden.vae, tensors: 248, values: 83_653_863 },
    { name: 'text encoder', build: text, expected: golden.text_encoder, tensors: 196, values: 123_060_480 },
  ])('$name: names, shapes, counts, without allocating', ({ build, expected, tensors, values }) => {
    // No backend is started in this file: allocating a tensor would fail.
    const { parameters } = build();
    expect(shapesOf(parameters)).toEqual(expected);
    expect(parameters.length).toBe(tensors);
    expect(parameters.reduce((sum, { size }) => sum + size, 0)).toBe(values);
    expect(parameters.some(({ loaded }) => loaded)).toBe(false);
  });

  it('projections are matrices in Stable Diffusion v2, 1x1 convolutions in v1', () => {
    const name = 'mid_block.attentions.0.proj_in.weight';
    const v2 = {
      cross_attention_dim: 1024,
      use_linear_projection: true,
      attention_head_dim: [5, 10, 20, 20],
    };
    const shape = (json: object) =>
      shapesOf(new UNet2DConditionModel(parseUnetConfig(json, 'unet/config.json')).parameters)[name];
    expect(shape({})).toEqual([1280, 1280, 1, 1]);
    expect(shape(v2)).toEqual([1280, 1280]);
  });
});

const shapesOf = (parameters: readonly Parameter[]): Shapes =>
  Object.fromEntries(parameters.map(({ name, shape }) => [name, [...shape]]));
