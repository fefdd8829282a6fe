import * as tf from '@tensorflow/tfjs-core';
import { conv2d } from '../../compute/ops/index.ts';
import type { LatentMoments } from '../../diffusion/models/index.ts';

const MSE_WEIGHT = 0.5;
const EDGE_WEIGHT = 0.5;
const KL_WEIGHT = 1e-5;

/** Half the sum of the Sobel filter's absolute values: edges are differences of means then. */
const SOBEL = [-1, 0, 1, -2, 0, 2, -1, 0, 1].map(value => value / 4);

/**
 * How unlike two batches of pictures [B, H, W, 3] are: mean absolute, half the mean squared, and half the mean absolute
 * difference of their edges (Sobel), which small pictures are read by.
 */
export function pictureLoss(given: tf.Tensor4D, wanted: tf.Tensor4D): tf.Scalar {
  const difference = tf.sub<tf.Tensor4D>(given, wanted);
  // The filter is linear: the difference of the edges is the edge of the difference.
  const edges = conv2d(difference, sobelFilter(), null, { stride: 1, padding: [0, 0, 0, 0] });
  return tf.addN([
    tf.mean(tf.abs(difference)),
    tf.mul(tf.mean(tf.square(difference)), MSE_WEIGHT),
    tf.mul(tf.mean(tf.abs(edges)), EDGE_WEIGHT),
  ]);
}

/** {@link pictureLoss} and a little of the latents' Kullback-Leibler distance from a standard normal (Kingma and Welling 2014). */
export function vaeLoss(given: tf.Tensor4D, wanted: tf.Tensor4D, latents: LatentMoments): tf.Scalar {
  const { mean, logvar } = latents;
  const distance = tf.sub(tf.add(tf.square(mean), tf.exp(logvar)), tf.add(logvar, 1));
  return tf.add(pictureLoss(given, wanted), tf.mul(tf.mean(distance), KL_WEIGHT / 2));
}

/** [3, 3, 3, 6]: of each colour the edges along x, then along y. */
function sobelFilter(): tf.Tensor {
  const values = new Float32Array(3 * 3 * 3 * 6);
  for (let y = 0; y < 3; y++) {
    for (let x = 0; x < 3; x++) {
      for (let colour = 0; colour < 3; colour++) {
        const at = ((y * 3 + x) * 3 + colour) * 6 + 2 * colour;
        values[at] = SOBEL[y * 3 + x] ?? 0;
        values[at + 1] = SOBEL[x * 3 + y] ?? 0;
      }
    }
  }
  return tf.tensor4d(values, [3, 3, 3, 6]);
}
