import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from './defineKernel.ts';

type Elementwise = (x: tf.Tensor) => tf.Tensor;

/** Slope of the sigmoid in quick GELU (CLIP's activation). */
const QUICK_SLOPE = 1.702;
const INVERSE_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI);

/** d/dx of x * sigmoid(slope * x) = s * (1 + slope * x * (1 - s)). */
const swishSlope =
  (slope: number): Elementwise =>
  x => {
    const scaled = slope === 1 ? x : tf.mul(x, slope);
    const s = tf.sigmoid(scaled);
    return tf.mul(s, tf.add(tf.mul(scaled, tf.sub(1, s)), 1));
  };

/** Standard normal distribution function at x. */
export const normalCdf: Elementwise = x => tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);

/** d/dx of x * Phi(x) = Phi(x) + x * phi(x), given Phi(x). */
export const geluSlope = (x: tf.Tensor, cdf: tf.Tensor): tf.Tensor =>
  tf.add(cdf, tf.mul(tf.mul(x, tf.exp(tf.mul(tf.square(x), -0.5))), INVERSE_SQRT_2PI));

/** An elementwise function and its derivative as a kernel pair; only x is kept. */
function elementwise(name: string, value: Elementwise, slope: Elementwise): Elementwise {
  const backward = defineKernel<'x' | 'dy', Record<string, never>>(`${name}Grad`, ({ x, dy }) => [
    tf.mul(dy, slope(x)),
  ]);
  const forward = defineKernel<'x', Record<string, never>>(name, ({ x }) => [value(x)], {
    saveInputs: ['x'],
    gradient: (dy, [x]) => ({ x: () => backward({ x, dy }, {})[0] as tf.Tensor }),
  });
  return x => forward({ x }, {})[0] as tf.Tensor;
}

const siluOp = elementwise('SweetspotSilu', x => tf.mul(x, tf.sigmoid(x)), swishSlope(1));
const quickGeluOp = elementwise(
  'SweetspotQuickGelu',
  x => tf.mul(x, tf.sigmoid(tf.mul(x, QUICK_SLOPE))),
  swishSlope(QUICK_SLOPE),
);
const geluOp = elementwise(
  'SweetspotGelu',
  x => tf.mul(x, normalCdf(x)),
  x => geluSlope(x, normalCdf(x)),
);

/** SiLU, x * sigmoid(x), of any shape (Hendrycks & Gimpel 2016; Elfwing et al. 2018). */
export const silu = <T extends tf.Tensor>(x: T): T => siluOp(x) as T;

/** GELU as OpenAI's CLIP approximates it: x * sigmoid(1.702 x). */
export const quickGelu = <T extends tf.Tensor>(x: T): T => quickGeluOp(x) as T;

/** Exact GELU, x * Phi(x) with the error function (Hendrycks & Gimpel 2016). */
export const gelu = <T extends tf.Tensor>(x: T): T => geluOp(x) as T;
