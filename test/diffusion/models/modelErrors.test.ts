import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { initBackend } from '../../../src/compute/backend.ts';
import { parseClipTextConfig } from '../../../src/diffusion/config/clipTextConfig.ts';
import { parseUnetConfig } from '../../../src/diffusion/config/unetConfig.ts';
import { parseVaeConfig } from '../../../src/diffusion/config/vaeConfig.ts';
import { AutoencoderKL, CLIPTextModel, UNet2DConditionModel } from '../../../src/diffusion/models/index.ts';

describe('networks that cannot be built', () => {
  const unet = (json: object) => () => new UNet2DConditionModel(parseUnetConfig(json, 'unet/config.json'));

  it('groups that do not divide the channels', () => {
    expect(unet({ norm_num_groups: 48 })).toThrow(
      expect.objectContaining({
        code: 'E_MODEL',
        place: 'down_blocks.0.resnets.0.norm1',
        allowed: 'channels divisible by 48',
        got: '320',
      }),
    );
    const vae = () => new AutoencoderKL(parseVaeConfig({ norm_num_groups: 10 }, 'vae/config.json'));
    expect(vae).toThrow(
      expect.objectContaining({ code: 'E_MODEL', place: 'encoder.down_blocks.0.resnets.0.norm1' }),
    );
  });

  it('heads that do not divide the channels', () => {
    expect(unet({ attention_head_dim: 7 })).toThrow(
      expect.objectContaining({
        code: 'E_MODEL',
        place: 'down_blocks.0.attentions.0.transformer_blocks.0.attn1',
        got: '320',
      }),
    );
    const text = () =>
      new CLIPTextModel(parseClipTextConfig({ num_attention_heads: 7 }, 'text_encoder/config.json'));
    expect(text).toThrow(
      expect.objectContaining({
        code: 'E_MODEL',
        place: 'text_model.encoder.layers.0',
        got: '512',
      }),
    );
  });

  it('a prompt longer than the text encoder has positions', async () => {
    await initBackend();
    const model = new CLIPTextModel(
      parseClipTextConfig({ max_position_embeddings: 3 }, 'text_encoder/config.json'),
    );
    const ids = tf.tensor2d([[1, 2, 3, 4]], undefined, 'int32');
    expect(() => model.forward(ids)).toThrow(
      expect.objectContaining({ code: 'E_TOKENIZER', allowed: 'at most 3 tokens', got: '4' }),
    );
    ids.dispose();
  });
});
