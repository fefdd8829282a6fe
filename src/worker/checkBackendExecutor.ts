import * as tf from '@tensorflow/tfjs-core';
import { valueAndGrads } from '../compute/gradients.ts';
import { AdamW } from '../compute/optimizer/adamw.ts';
import { clipScale, globalGradNorm } from '../compute/optimizer/gradNorm.ts';
import { TorchGenerator } from '../core/random/torchGenerator.ts';
import { parseClipTextConfig } from '../diffusion/config/clipTextConfig.ts';
import { parseUnetConfig } from '../diffusion/config/unetConfig.ts';
import { CLIPTextModel } from '../diffusion/models/clip/clipTextModel.ts';
import { UNet2DConditionModel } from '../diffusion/models/unet/unet2DConditionModel.ts';
import { initializeLikeTorch } from '../diffusion/nn/initialize.ts';
import type { ExecutorEnd, JobContext } from './context.ts';

/** Enough for a wrong gradient, or a wrong update, to reach the loss. */
const STEPS = 4;
const LEARNING_RATE = 1e-3;
const WIDTH = 24;
const TOKENS = 5;

const UNET = {
  block_out_channels: [16, 32],
  layers_per_block: 1,
  norm_num_groups: 8,
  cross_attention_dim: WIDTH,
  attention_head_dim: 4,
  down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'],
};
const TEXT_ENCODER = {
  vocab_size: 50,
  hidden_size: WIDTH,
  intermediate_size: 2 * WIDTH,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  max_position_embeddings: TOKENS,
};

/**
 * Trains a very small UNet and text encoder together for a few steps, always the same: every operation of a DreamBooth
 * step, forwards and backwards, odd sizes included. The losses go out as metrics; whoever asked compares them with
 * another backend's.
 */
export async function checkBackend(context: JobContext): Promise<ExecutorEnd> {
  const generator = new TorchGenerator(0);
  const unet = new UNet2DConditionModel(parseUnetConfig(UNET, 'self-check'));
  const textEncoder = new CLIPTextModel(parseClipTextConfig(TEXT_ENCODER, 'self-check'));
  const parameters = [...unet.parameters, ...textEncoder.parameters];
  for (const part of [unet, textEncoder]) initializeLikeTorch(part.parameters, generator);
  const variables = parameters.map(({ value }) => value);
  const optimizer = new AdamW(variables, { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 1e-2 });
  const shape: [number, number, number, number] = [2, 7, 9, 4];
  const draw = () => tf.tensor4d(generator.randn(shape.reduce((a, b) => a * b)), shape);
  const [sample, target] = [draw(), draw()];
  const ids = tf.tensor2d(generator.randint(0, TEXT_ENCODER.vocab_size, 2 * TOKENS), [2, TOKENS], 'int32');
  const timesteps = tf.tensor1d([3, 981]);
  try {
    for (let step = 1; step <= STEPS; step++) {
      if (context.signal.aborted) return 'stopped';
      const { value, grads } = valueAndGrads(() => {
        const predicted = unet.forward(sample, timesteps, textEncoder.forward(ids));
        return tf.mean(tf.square(tf.sub(predicted, target))) as tf.Scalar;
      }, variables);
      optimizer.step(grads, LEARNING_RATE, clipScale(globalGradNorm(grads), 1));
      context.metric(step, value.dataSync()[0] ?? Number.NaN, LEARNING_RATE);
      tf.dispose([value, ...grads]);
    }
  } finally {
    tf.dispose([sample, target, ids, timesteps]);
    optimizer.dispose();
    unet.dispose();
    textEncoder.dispose();
  }
  return 'done';
}
