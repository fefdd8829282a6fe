import * as tf from '@tensorflow/tfjs-core';
import { parseClipTextConfig } from '../../../src/diffusion/config/clipTextConfig.ts';
import { parseUnetConfig } from '../../../src/diffusion/config/unetConfig.ts';
import { parseVaeConfig } from '../../../src/diffusion/config/vaeConfig.ts';
import { AutoencoderKL, CLIPTextModel, UNet2DConditionModel } from '../../../src/diffusion/models/index.ts';
import { four, ofModel, three } from './differentiable.ts';
import type { Differentiable } from './directionalDerivatives.ts';

const CONTEXT = [2, 3, 5] as const;

/** The networks, as small as they can be. */
export const DIFFERENTIABLE_NETWORKS: readonly [name: string, build: () => Differentiable][] = [
  ['UNet2DConditionModel, odd size', unet],
  ['AutoencoderKL.encode', () => vae('encode')],
  ['AutoencoderKL.decode', () => vae('decode')],
  ['CLIPTextModel', clip],
];

function unet(): Differentiable {
  const config = parseUnetConfig(
    {
      block_out_channels: [4, 8],
      norm_num_groups: 2,
      cross_attention_dim: 5,
      attention_head_dim: 2,
      layers_per_block: 1,
      down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'],
      up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'],
    },
    'unet/config.json',
  );
  const model = new UNet2DConditionModel(config);
  const timesteps = tf.tensor1d([500, 20]);
  return ofModel(model, model.parameters, [[2, 5, 4, 4], CONTEXT], (m, [x, c]) =>
    m.forward(four(x), timesteps, three(c)),
  );
}

/** Only the parameters that this way goes through: the others have no gradient. */
function vae(way: 'encode' | 'decode'): Differentiable {
  const types = (name: string) => [name, name];
  const config = parseVaeConfig(
    {
      block_out_channels: [4, 8],
      norm_num_groups: 2,
      latent_channels: 3,
      down_block_types: types('DownEncoderBlock2D'),
      up_block_types: types('UpDecoderBlock2D'),
    },
    'vae/config.json',
  );
  const model = new AutoencoderKL(config);
  const part = way === 'encode' ? /^(encoder|quant_conv)\./ : /^(decoder|post_quant_conv)\./;
  const parameters = model.parameters.filter(({ name }) => part.test(name));
  if (way === 'decode') return ofModel(model, parameters, [[2, 3, 2, 3]], (m, [z]) => m.decode(four(z)));
  return ofModel(model, parameters, [[2, 4, 6, 3]], (m, [x]) => {
    const { mean, logvar } = m.encode(four(x));
    return tf.concat([mean, logvar], 3);
  });
}

function clip(): Differentiable {
  const model = new CLIPTextModel(
    parseClipTextConfig(
      {
        vocab_size: 7,
        hidden_size: 8,
        intermediate_size: 10,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        max_position_embeddings: 5,
      },
      'text_encoder/config.json',
    ),
  );
  const ids = tf.tensor2d([0, 3, 3, 6, 1, 2, 5, 6], [2, 4], 'int32');
  return ofModel(model, model.parameters, [], m => m.forward(ids));
}
