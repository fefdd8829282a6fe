import { describe, expect, it } from 'vitest';
import { SweetspotError } from '../../../src/core/errors.ts';
import { parseClipTextConfig } from '../../../src/diffusion/config/clipTextConfig.ts';
import { parseUnetConfig } from '../../../src/diffusion/config/unetConfig.ts';
import { parseVaeConfig } from '../../../src/diffusion/config/vaeConfig.ts';

describe('parseUnetConfig', () => {
  const parse = (json: unknown) => parseUnetConfig(json, 'unet/config.json');

  it("gives a missing key diffusers' class default, which is not always Stable Diffusion's", () => {
    expect(parse({ _class_name: 'FlaxUNet2DConditionModel' })).toEqual({
      sampleSize: null,
      inChannels: 4,
      outChannels: 4,
      centerInputSample: false,
      flipSinToCos: true,
      freqShift: 0,
      timeEmbeddingDim: 1280,
      downBlockTypes: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
      upBlockTypes: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
      blockOutChannels: [320, 640, 1280, 1280],
      layersPerBlock: [2, 2, 2, 2],
      transformerLayersPerBlock: [1, 1, 1, 1],
      crossAttentionDim: [1280, 1280, 1280, 1280],
      numAttentionHeads: [8, 8, 8, 8],
      downsamplePadding: 1,
      midBlockScaleFactor: 1,
      normNumGroups: 32,
      normEps: 1e-5,
      useLinearProjection: false,
    });
  });

  it('reads Stable Diffusion 1.5 and 2.1', () => {
    expect(parse({ sample_size: 64, cross_attention_dim: 768, attention_head_dim: 8 })).toMatchObject({
      sampleSize: 64,
      crossAttentionDim: [768, 768, 768, 768],
      numAttentionHeads: [8, 8, 8, 8],
    });
    const v2 = { attention_head_dim: [5, 10, 20, 20], use_linear_projection: true, upcast_attention: true };
    expect(parse(v2)).toMatchObject({ numAttentionHeads: [5, 10, 20, 20], useLinearProjection: true });
  });

  it('reads a pair of equal numbers as a sample size', () => {
    expect(parse({ sample_size: [32, 32] }).sampleSize).toBe(32);
    expect(() => parse({ sample_size: [32, 24] })).toThrow(/sample_size.*\[32,24\]/);
  });

  it('ignores keys that nobody knows, and known ones that are switched off', () => {
    const more = {
      _diffusers_version: '0.6.0',
      _name_or_path: 'x',
      decay: 0.9999,
      dual_cross_attention: false,
      only_cross_attention: [false, false],
      num_attention_heads: null,
      class_embed_type: null,
      mid_block_type: 'UNetMidBlock2DCrossAttn',
      act_fn: 'swish',
      dropout: 0,
      some_future_key: null,
      addition_embed_type_num_heads: 64,
    };
    expect(parse(more)).toEqual(parse({}));
  });

  it.each([
    ['addition_embed_type', 'text_time'],
    ['class_embed_type', 'timestep'],
    ['num_class_embeds', 10],
    ['dual_cross_attention', true],
    ['only_cross_attention', true],
    ['only_cross_attention', [false, true]],
    ['mid_block_type', 'UNetMidBlock2DSimpleCrossAttn'],
    ['mid_block_type', null],
    ['resnet_time_scale_shift', 'scale_shift'],
    ['encoder_hid_dim', 4096],
    ['time_embedding_type', 'fourier'],
    ['time_cond_proj_dim', 256],
    ['conv_in_kernel', 5],
    ['act_fn', 'gelu'],
    ['dropout', 0.1],
    ['num_attention_heads', 8],
    ['norm_num_groups', null],
    ['norm_num_groups', 0],
    ['norm_eps', '1e-5'],
    ['in_channels', 4.5],
    ['in_channels', -4],
    ['block_out_channels', []],
    ['block_out_channels', 320],
    ['block_out_channels', [320, '640']],
    ['down_block_types', ['DownBlock2D']],
    ['down_block_types', ['AttnDownBlock2D', 'DownBlock2D', 'DownBlock2D', 'DownBlock2D']],
    ['up_block_types', 'UpBlock2D'],
    ['attention_head_dim', [8, 8]],
    ['cross_attention_dim', null],
    ['transformer_layers_per_block', [[1, 1], 1, 1, 1]],
    ['layers_per_block', 1e9],
    ['use_linear_projection', 'yes'],
  ])('refuses %s %j by name', (key, value) => {
    const error = errorOf(() => parse({ [key]: value }));
    expect(error.code).toBe('E_MODEL');
    expect(error.place).toBe(`unet/config.json: ${key}`);
    expect(error.allowed).toBeTruthy();
    expect(error.got).toBe(JSON.stringify(value));
    expect(error.message).not.toContain('\n');
  });

  it.each([null, [], 'text', 7])('refuses a file that holds %j', json => {
    expect(errorOf(() => parse(json))).toMatchObject({ code: 'E_MODEL', place: 'unet/config.json' });
  });
});

describe('parseVaeConfig', () => {
  const parse = (json: unknown) => parseVaeConfig(json, 'vae/config.json');

  it("gives diffusers' class defaults", () => {
    expect(parse({})).toEqual({
      inChannels: 3,
      outChannels: 3,
      blockOutChannels: [64],
      layersPerBlock: 1,
      latentChannels: 4,
      normNumGroups: 32,
      sampleSize: 32,
      scalingFactor: 0.18215,
      useQuantConv: true,
      usePostQuantConv: true,
      midBlockAddAttention: true,
    });
  });

  it.each([
    ['shift_factor', 0.1159],
    ['latents_mean', [0, 0, 0, 0]],
    ['latents_std', [1, 1, 1, 1]],
    ['act_fn', 'relu'],
    ['block_out_channels', [64, 128]],
    ['down_block_types', ['AttnDownEncoderBlock2D']],
    ['up_block_types', ['UpDecoderBlock2D', 'UpDecoderBlock2D']],
    ['scaling_factor', 0],
    ['use_quant_conv', 1],
  ])('refuses %s %j', (key, value) => {
    const error = errorOf(() => parse({ [key]: value }));
    expect(error.code).toBe('E_MODEL');
    expect(error.message).toMatch(/vae\/config\.json: (down_block_types|up_block_types|\w+): /);
  });
});

describe('parseClipTextConfig', () => {
  const parse = (json: unknown) => parseClipTextConfig(json, 'text_encoder/config.json');

  it("gives transformers' class defaults", () => {
    expect(parse({})).toEqual({
      vocabSize: 49408,
      hiddenSize: 512,
      intermediateSize: 2048,
      numHiddenLayers: 12,
      numAttentionHeads: 8,
      maxPositionEmbeddings: 77,
      hiddenAct: 'quick_gelu',
      layerNormEps: 1e-5,
    });
  });

  it("takes the text part of a whole CLIP's configuration", () => {
    expect(parse({ model_type: 'clip', text_config: { hidden_size: 768 } }).hiddenSize).toBe(768);
    expect(parse({ model_type: 'clip_text_model', text_config: null, hidden_act: 'gelu' }).hiddenAct).toBe(
      'gelu',
    );
  });

  it.each([
    ['model_type', 't5'],
    ['hidden_act', 'relu'],
    ['attention_dropout', 0.1],
    ['layer_norm_eps', null],
    ['vocab_size', 0],
  ])('refuses %s %j', (key, value) => {
    const error = errorOf(() => parse({ [key]: value }));
    expect(error).toMatchObject({ code: 'E_MODEL', place: `text_encoder/config.json: ${key}` });
  });
});

function errorOf(action: () => unknown): SweetspotError {
  try {
    action();
  } catch (error) {
    if (error instanceof SweetspotError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
