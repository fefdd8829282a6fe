import * as tf from '@tensorflow/tfjs-core';

/** A torch tensor [B, C, H, W] given by its values, as ours [B, H, W, C]. */
export function fromNchw(
  values: Float32Array,
  shape: readonly [number, number, number, number],
): tf.Tensor4D {
  return tf.tidy(() => tf.transpose(tf.tensor4d(values, [...shape]), [0, 2, 3, 1]));
}

/** The values of ours [B, H, W, C] in torch's order [B, C, H, W]. */
export function toNchw(x: tf.Tensor4D): Float32Array {
  return tf.tidy(() => tf.transpose(x, [0, 3, 1, 2]).dataSync<'float32'>().slice());
}

/** What diffusers' tests compare: output[0, -1, -3:, -3:] of a torch tensor, row by row. */
export function lastCorner(x: tf.Tensor4D): number[] {
  return tf.tidy(() => {
    const [, height, width, channels] = x.shape;
    return [...tf.slice4d(x, [0, height - 3, width - 3, channels - 1], [1, 3, 3, 1]).dataSync()];
  });
}

/** Largest absolute difference. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  return Array.from(a).reduce((max, value, i) => Math.max(max, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

/** Largest absolute difference in units of the reference's largest value. */
export function relativeDifference(ours: ArrayLike<number>, reference: ArrayLike<number>): number {
  const scale = Array.from(reference).reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return maxDifference(ours, reference) / scale;
}
