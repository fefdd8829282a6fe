import * as tf from '@tensorflow/tfjs-core';
import { defineGradient } from './defineGradient.ts';

type Unary = (dy: tf.Tensor, kept: tf.Tensor) => tf.Tensor;

/** A kernel of one input whose gradient needs that input. */
const fromInput = (kernel: string, toX: Unary): void =>
  defineGradient({
    kernel,
    inputs: ['x'],
    gradient: ([dy], [x]) => ({ x: () => toX(dy as tf.Tensor, x as tf.Tensor) }),
  });

/** A kernel of one input whose gradient needs its output. */
const fromOutput = (kernel: string, toX: Unary): void =>
  defineGradient({
    kernel,
    outputs: [true],
    gradient: ([dy], [y]) => ({ x: () => toX(dy as tf.Tensor, y as tf.Tensor) }),
  });

const mask = (condition: tf.Tensor): tf.Tensor => tf.cast(condition, 'float32');

/** Gradients of the functions of one tensor that training code uses beside our own kernels. */
export function registerElementwiseGradients(): void {
  for (const kernel of ['Identity', 'Cast']) {
    defineGradient({ kernel, gradient: ([dy]) => ({ x: () => tf.clone(dy as tf.Tensor) }) });
  }
  defineGradient({ kernel: 'Neg', gradient: ([dy]) => ({ x: () => tf.neg(dy as tf.Tensor) }) });
  fromInput('Square', (dy, x) => tf.mul(dy, tf.mul(x, 2)));
  fromInput('Abs', (dy, x) => tf.mul(dy, tf.sign(x)));
  fromInput('Log', (dy, x) => tf.div(dy, x));
  fromInput('Relu', (dy, x) => tf.mul(dy, mask(tf.greater(x, 0))));
  fromInput('Sin', (dy, x) => tf.mul(dy, tf.cos(x)));
  fromInput('Cos', (dy, x) => tf.neg(tf.mul(dy, tf.sin(x))));
  fromInput('Erf', (dy, x) => tf.mul(dy, tf.mul(tf.exp(tf.neg(tf.square(x))), 2 / Math.sqrt(Math.PI))));
  fromOutput('Exp', (dy, y) => tf.mul(dy, y));
  fromOutput('Sqrt', (dy, y) => tf.div(dy, tf.mul(y, 2)));
  fromOutput('Rsqrt', (dy, y) => tf.mul(dy, tf.mul(tf.mul(tf.square(y), y), -0.5)));
  fromOutput('Sigmoid', (dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y))));
  fromOutput('Tanh', (dy, y) => tf.mul(dy, tf.sub(1, tf.square(y))));
  fromOutput('Reciprocal', (dy, y) => tf.neg(tf.mul(dy, tf.square(y))));
  defineGradient({
    kernel: 'Softmax',
    outputs: [true],
    gradient: ([dy], [y]) => ({
      logits: () => {
        const weighted = tf.mul(dy as tf.Tensor, y as tf.Tensor);
        return tf.sub(weighted, tf.mul(tf.sum(weighted, -1, true), y as tf.Tensor));
      },
    }),
  });
  defineGradient({
    kernel: 'ClipByValue',
    inputs: ['x'],
    gradient: ([dy], [x], { clipValueMin, clipValueMax }) => ({
      x: () => {
        const above = mask(tf.greaterEqual(x as tf.Tensor, clipValueMin as number));
        const below = mask(tf.lessEqual(x as tf.Tensor, clipValueMax as number));
        return tf.mul(dy as tf.Tensor, tf.mul(above, below));
      },
    }),
  });
}
