// A Stable Diffusion 1.5 of random weights: its shapes, its files (fp16), nothing of its content.
import { copyFileSync, cpSync, mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseClipTextConfig } from '../../dist/diffusion/config/clipTextConfig.js';
import { parseUnetConfig } from '../../dist/diffusion/config/unetConfig.js';
import { parseVaeConfig } from '../../dist/diffusion/config/vaeConfig.js';
import { AutoencoderKL, CLIPTextModel, UNet2DConditionModel } from '../../dist/diffusion/models/index.js';
import { writeSafetensors } from '../../dist/diffusion/safetensors/index.js';

const POCKET = fileURLToPath(new URL('../../models/pocket/', import.meta.url));
const NEEDED_BYTES = 2.5e9;

const UNET = {
  _class_name: 'UNet2DConditionModel',
  act_fn: 'silu',
  attention_head_dim: 8,
  block_out_channels: [320, 640, 1280, 1280],
  center_input_sample: false,
  cross_attention_dim: 768,
  down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
  downsample_padding: 1,
  flip_sin_to_cos: true,
  freq_shift: 0,
  in_channels: 4,
  layers_per_block: 2,
  mid_block_scale_factor: 1,
  norm_eps: 1e-5,
  norm_num_groups: 32,
  out_channels: 4,
  sample_size: 64,
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
};
const VAE = {
  _class_name: 'AutoencoderKL',
  act_fn: 'silu',
  block_out_channels: [128, 256, 512, 512],
  down_block_types: Array(4).fill('DownEncoderBlock2D'),
  in_channels: 3,
  latent_channels: 4,
  layers_per_block: 2,
  norm_num_groups: 32,
  out_channels: 3,
  sample_size: 512,
  scaling_factor: 0.18215,
  up_block_types: Array(4).fill('UpDecoderBlock2D'),
};
/** CLIP ViT-L/14's text half; the tokens that the small tokenizer does not have are there, and never used. */
const TEXT_ENCODER = {
  architectures: ['CLIPTextModel'],
  model_type: 'clip_text_model',
  hidden_act: 'quick_gelu',
  hidden_size: 768,
  intermediate_size: 3072,
  layer_norm_eps: 1e-5,
  max_position_embeddings: 77,
  num_attention_heads: 12,
  num_hidden_layers: 12,
  projection_dim: 768,
  vocab_size: 49408,
  bos_token_id: 1,
  eos_token_id: 3,
  pad_token_id: 0,
};
const PARTS = [
  ['unet', UNET, json => new UNet2DConditionModel(parseUnetConfig(json, 'unet')), 'diffusion_pytorch_model'],
  ['vae', VAE, json => new AutoencoderKL(parseVaeConfig(json, 'vae')), 'diffusion_pytorch_model'],
  ['text_encoder', TEXT_ENCODER, json => new CLIPTextModel(parseClipTextConfig(json, 'text')), 'model'],
];

/** Writes the folder, tensor by tensor; gives the number of weights of each part. */
export async function writeFullSize(dir) {
  mkdirSync(dir, { recursive: true });
  const { bavail, bsize } = statfsSync(dir);
  if (bavail * bsize < NEEDED_BYTES)
    throw new Error(`${dir}: ${NEEDED_BYTES / 1e9} GB of free disk are needed`);
  const counts = {};
  for (const [part, json, create, file] of PARTS) {
    const { parameters } = create(json);
    counts[part] = parameters.reduce((sum, { size }) => sum + size, 0);
    mkdirSync(path.join(dir, part), { recursive: true });
    writeFileSync(path.join(dir, part, 'config.json'), JSON.stringify(json, null, 2));
    const tensors = parameters.map(({ name, shape }, i) => ({
      name,
      shape,
      dtype: 'F16',
      data: () => randomWeight(name, shape, i + 1),
    }));
    await writeSafetensors(path.join(dir, part, `${file}.safetensors`), tensors, { format: 'pt' });
  }
  cpSync(path.join(POCKET, 'scheduler'), path.join(dir, 'scheduler'), { recursive: true });
  cpSync(path.join(POCKET, 'tokenizer'), path.join(dir, 'tokenizer'), { recursive: true });
  const { default: tokenizer } = await import(`file://${POCKET}tokenizer/tokenizer_config.json`, {
    with: { type: 'json' },
  });
  const longer = { ...tokenizer, model_max_length: TEXT_ENCODER.max_position_embeddings };
  writeFileSync(path.join(dir, 'tokenizer/tokenizer_config.json'), JSON.stringify(longer, null, 2));
  copyFileSync(path.join(POCKET, 'model_index.json'), path.join(dir, 'model_index.json'));
  return counts;
}

/** Norms 1, biases 0; else uniform, so small that values neither grow nor vanish on their way through the layers. */
function randomWeight(name, shape, seed) {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  if (name.endsWith('bias')) return values;
  if (shape.length === 1) return values.fill(1);
  const bound = name.includes('embedding.weight')
    ? 0.035
    : Math.sqrt(3 / shape.slice(1).reduce((a, b) => a * b, 1));
  let state = seed * 2654435761;
  for (let i = 0; i < values.length; i++) {
    // xorshift32 (Marsaglia 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    values[i] = (state / 2 ** 31) * bound;
  }
  return values;
}
