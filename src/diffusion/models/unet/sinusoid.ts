import * as tf from '@tensorflow/tfjs-core';

export interface SinusoidOptions {
  /** [cos, sin] instead of [sin, cos]. */
  flipSinToCos: boolean;
  /** Taken from half the width where frequencies are spread; Stable Diffusion 0, the first diffusion papers 1. */
  freqShift: number;
  scale?: number;
}

const MAX_PERIOD = 10_000;
const { fround } = Math;

/**
 * Sinusoidal timestep embedding ("Attention is all you need" 3.5, as diffusers' `get_timestep_embedding`):
 * frequencies 10000^(-k / (width / 2 - shift)). Timesteps [B] -> [B, width]; an odd width ends in a zero.
 */
export function sinusoid(timesteps: tf.Tensor1D, width: number, options: SinusoidOptions): tf.Tensor2D {
  return tf.tidy(() => {
    const angles = tf.mul(
      tf.expandDims(timesteps, 1),
      tf.expandDims(frequencies(width >> 1, options.freqShift), 0),
    );
    const scaled = options.scale === undefined ? angles : tf.mul(angles, options.scale);
    const [sin, cos] = [tf.sin(scaled), tf.cos(scaled)];
    const both = tf.concat(options.flipSinToCos ? [cos, sin] : [sin, cos], 1) as tf.Tensor2D;
    return width % 2 === 0
      ? both
      : tf.pad2d(both, [
          [0, 0],
          [0, 1],
        ]);
  });
}

/** Rounded to float32 after each operation, as torch does it. */
function frequencies(count: number, shift: number): tf.Tensor1D {
  const step = fround(-Math.log(MAX_PERIOD));
  const exponent = (k: number): number => fround(fround(step * k) / fround(count - shift));
  return tf.tensor1d(Float32Array.from({ length: count }, (_, k) => Math.exp(exponent(k))));
}
