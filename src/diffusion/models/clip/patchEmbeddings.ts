import * as tf from '@tensorflow/tfjs-core';
import { conv2d } from '../../../compute/ops/index.ts';
import { SweetspotError } from '../../../core/errors.ts';
import type { Parameter } from '../../nn/parameter.ts';

export interface PatchWeights {
  /** [C, 3, patch, patch] in torch's order. */
  patch: Parameter;
  bias: Parameter | null;
  /** C values, whatever their shape. */
  classToken: Parameter;
  /** 1 + patches rows of C. */
  positions: Parameter;
}

/** How many patches a square picture has. */
export function patchCount({ imageSize, patchSize }: { imageSize: number; patchSize: number }): number {
  return Math.floor(imageSize / patchSize) ** 2;
}

/**
 * A picture as a row of tokens (Dosovitskiy et al. 2021): a class token, then the patches in reading order, each with
 * its position added. [B, H, W, 3] -> [B, 1 + patches, C]
 */
export function embedPatches(pixels: tf.Tensor4D, imageSize: number, weights: PatchWeights): tf.Tensor3D {
  const [batch, height, width] = pixels.shape;
  if (height !== imageSize || width !== imageSize) {
    throw new SweetspotError('E_INTERNAL', 'the picture has not the size of the model', {
      allowed: `${imageSize} x ${imageSize}`,
      got: `${width} x ${height}`,
    });
  }
  const { patch, bias, classToken, positions } = weights;
  const [channels = 0, , stride = 1] = patch.shape;
  return tf.tidy(() => {
    const grid = conv2d(pixels, patch.value, bias?.value ?? null, { stride, padding: [0, 0, 0, 0] });
    const patches = tf.reshape(grid, [batch, -1, channels]);
    const first = tf.broadcastTo(tf.reshape(classToken.value, [1, 1, channels]), [batch, 1, channels]);
    const tokens = tf.concat([first, patches], 1) as tf.Tensor3D;
    return tf.add(tokens, tf.reshape(positions.value, [1, -1, channels]));
  });
}
